################################################################################
#
# plug
#
################################################################################

# Copy this directory to package/plug, name package/plug/Config.in in
# package/Config.in, and put plug-3.0.tar (make -f Makefile.posix dist) in the
# download directory, dl/plug.
PLUG_VERSION = 3.0
PLUG_SOURCE = plug-$(PLUG_VERSION).tar
PLUG_SITE = https://example.org/plug
PLUG_LICENSE = BSD-2-Clause
PLUG_LICENSE_FILES = LICENSE

ifeq ($(BR2_PACKAGE_PLUG_TINY),y)
PLUG_DEFS = -DTINY
endif

define PLUG_BUILD_CMDS
	$(MAKE) -C $(@D) -f Makefile.posix $(TARGET_CONFIGURE_OPTS) \
		DEFS="$(PLUG_DEFS)"
endef

define PLUG_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/plug $(TARGET_DIR)/usr/sbin/plug
endef

ifeq ($(BR2_PACKAGE_PLUG_TINY),)
define PLUG_INSTALL_INIT_SYSV
	$(INSTALL) -D -m 0755 $(@D)/contrib/plug.init \
		$(TARGET_DIR)/etc/init.d/S90plug
	$(SED) 's,/usr/local/sbin,/usr/sbin,' \
		$(TARGET_DIR)/etc/init.d/S90plug
endef

define PLUG_INSTALL_INIT_SYSTEMD
	$(INSTALL) -D -m 0644 $(@D)/contrib/plug.service \
		$(TARGET_DIR)/usr/lib/systemd/system/plug.service
	$(SED) 's,/usr/local/sbin,/usr/sbin,' \
		$(TARGET_DIR)/usr/lib/systemd/system/plug.service
endef
endif

$(eval $(generic-package))
