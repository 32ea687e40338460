struct passwd {
	char *pw_name, *pw_passwd;
	int pw_uid, pw_gid, pw_quota;
	char *pw_comment, *pw_gecos, *pw_dir, *pw_shell;
};
extern struct passwd *getpwent(), *getpwuid(), *getpwnam();
