/*
 * plug: a plug proxy.  It listens on a port and passes each TCP connection,
 * byte for byte, to one of a list of targets.  What it does is in plug.1.
 *
 * One engine: a loop that waits for events, and a table of sessions.  It runs
 * in one process; with -w in several that share the listeners; with -F in a
 * child for each session, while the first process accepts and chooses; and
 * with -I for the one session that inetd has brought.
 *
 * This file is a house of rooms, in this order.  A room calls rooms above it,
 * never below: what would be a call downwards is a verdict that it returns.
 * Each begins with what it is for, what it owns, and which rooms it calls.
 * What a room has to remember stands in one static struct of its name, where
 * C has that name already with -ing at its end, and only that room writes it.
 *
 * Rooms:
 *	types	 what everything is made of
 *	rows	 what tables are made of
 *	tables	 every table, and who writes it
 *	self	 what this process is, its moments and its counters
 *	text	 put_* append to a line, scan_* parse a word
 *	addr	 addresses: scan, print, compare, hash
 *	log	 errors and syslog lines
 *	slog	 the session log
 *	rule	 which clients are admitted
 *	guest	 which clients are being served
 *	target	 who is dead, who lives, who is on trial
 *	pick	 which target comes next
 *	sticky	 which target a client had last
 *	pool	 blocks and kernel pipes, borrowed and given back
 *	side	 one of the two peers of a session
 *	record	 what is written of a session
 *	session	 begin, end, what is wanted of the descriptors, deadlines
 *	hello	 what is said and heard before the stream
 *	ring	 bulk directions take turns
 *	relay	 one direction, from side i to side !i
 *	dial	 the socket to a target, and where it comes from
 *	connect	 to a target, and to the next one when that fails
 *	handed	 sockets that somebody else has bound for us
 *	bind	 sockets of listeners, paths of unix sockets
 *	listen	 listeners: open, take over, accept
 *	watch	 which targets are probed, when, and what that says
 *	check	 the probes
 *	status	 what goes on, in figures; and as lines for SIGUSR1
 *	roll	 each session in a line, for SIGUSR2
 *	page	 the figures for people with a browser
 *	metric	 the same for Prometheus
 *	query	 the little server of -s
 *	pid	 the pid file
 *	rights	 the terminal, the user and the folder are given up
 *	option	 the table of options, the usage text, the version
 *	hint	 what was meant by a name that is none
 *	fault	 what is wrong with an address, a source, a target
 *	value	 what stands behind an option
 *	source	 where a plug listens, as the user writes it
 *	operand	 that and its targets
 *	pair	 which plug of the file goes on as which
 *	plug	 rows of plugs: new, committed, rolled back
 *	advice	 what -E warns of
 *	words	 options and operands of one plug
 *	config	 the whole command line, and the file of -c
 *	lookup	 names of targets, looked up by a child
 *	child	 fork, reap, fold in what they have counted
 *	admit	 a client becomes a session, or a child
 *	gate	 which listeners are wanted, and who waits
 *	reload	 the file of -c once more
 *	signal	 TERM, INT, HUP, USR1, USR2, CHLD; workers
 *	sweep	 what is looked at once a second
 *	loop	 wait, dispatch
 *	start	 from a checked command line to a serving daemon; main
 *
 * The life of a session.  A state is named by what it waits for:
 *
 *	S_CONNECT  o: the target's handshake	i: client's early bytes
 *	S_HELLO	   io: the proxy's answer	i: client's early bytes
 *	S_RELAY	   io: bytes, both ways
 *	S_LINGER   i: the end of the side that is still there
 *	S_ROOM	   nothing: the end of another session of its client (-M)
 *	S_CHILD	   nothing: the end of the child that serves it (-F)
 *	S_FREE	   nothing: the row can be used
 *
 *	S_FREE -> S_CONNECT	a client was admitted
 *	S_CONNECT -> S_CONNECT	the target failed, the next one is tried
 *	S_CONNECT -> S_HELLO	connected to the proxy of -h
 *	S_CONNECT -> S_RELAY	connected to the target
 *	S_HELLO -> S_RELAY	the proxy has connected us
 *	S_HELLO -> S_CONNECT	the proxy could not reach that target
 *	S_RELAY -> S_LINGER	one side is finished and gone, the other talks
 *	S_FREE -> S_ROOM	its client has as many as -M allows
 *	S_ROOM -> S_CONNECT	one of them has ended
 *	S_CONNECT -> S_CHILD	a child has it now
 *	any -> S_FREE		both streams ended; or reset, limit, signal
 *
 * Events change states, actions never do.
 */
#include "compat.h"

#define VERSION "3.0"

/*
 * TYPES: what everything is made of.  Enumerations are numbers with a letter
 * in front, as C was in 1983.
 *
 * Moments are two longs, since long may have 32 bits and no system's struct is
 * the same; they come from clock_now(), which never runs backwards.  Byte
 * counts are two longs, too, so that they are exact beyond 4 GB on any
 * machine.
 *
 * Calls: nothing.
 */

/* Process exit statuses; also how a session came out. */
#define END_OK 0
#define END_UNREACHED 2		/* no target could be reached */
#define END_CUT 3		/* a reset, a limit or a signal */
#define END_SYSTEM 4
#define END_USAGE 5

/* Verdicts. */
#define MORE 0			/* not yet: wait for an event */
#define DONE 1
#define FAIL 2

#define CLIENT 0
#define TARGET 1

/* Session states. */
#define S_FREE 0
#define S_CONNECT 1
#define S_HELLO 2
#define S_RELAY 3
#define S_LINGER 4
#define S_ROOM 5
#define S_CHILD 6

/* How reading a side has come out so far. */
#define E_OPEN 0
#define E_EOF 1
#define E_RESET 2

/* What becomes of the bytes read from a side. */
#define F_OPEN 0		/* passed on */
#define F_DONE 1		/* all passed on, and the end too */
#define F_LOST 2		/* nobody takes them: thrown away */

/* Target health; below 0 it is dead, and process -state has it on trial. */
#define H_ALIVE 0
#define H_DEAD 1
#define H_TRIAL(h) ((h)->state < 0L)

/* Rows of listeners. */
#define L_FREE 0
#define L_NEW 1		/* bound for a configuration that is being read */
#define L_OPEN 2
#define L_STAYS 3		/* open, and wanted by that configuration */
#define L_GONE 4		/* closed, but sessions still name it */

/* Rows of plugs. */
#define PL_FREE 0
#define PL_NEW 1		/* of a configuration that is being read */
#define PL_USED 2
#define PL_STAYS 3		/* used, and in that configuration too */
#define PL_GONE 4		/* sessions that it had go on */

/* News of a child. */
#define N_ALIVE 0		/* the target answered */
#define N_DEAD 1		/* it failed */
#define N_RELEASE 2		/* its trial had no outcome */
#define N_KEEP 3		/* the client has this target now */
#define N_COUNT 4	/* the counts and aim of the child in row plug */
#define N_LOG 5			/* 1: the session log is bad; 0: it is well */
#define N_MET 6			/* the target has been tried */
/* How a plug's target is chosen. */
#define B_CYCLE 0
#define B_FIRST 1
#define B_LEAST 2
#define B_RANDOM 3
#define B_HASH 4

/* What a client of -s waits for, or we for it. */
#define Q_FREE 0
#define Q_LINE 1		/* the request's first line */
#define Q_START 2		/* a header, or the empty line */
#define Q_NAME 3		/* the rest of a header's name */
#define Q_VALUE 4		/* the rest of its value */
#define Q_SEND 5		/* room to send the answer */
#define Q_END 6			/* the end of the client's stream */

/* What it is answered. */
#define A_PAGE 0
#define A_METRICS 1
#define A_ROLL 2		/* each session in a line */
#define A_NONE 3		/* 404 */
#define A_BAD 4			/* 400 */

/* What is said to a target, or the proxy before it, first. */
#define SAY_CONNECT 0
#define SAY_PROXY 1		/* the line of -X */
#define SAY_SEND 2		/* what its probes are to say */

/* What rules say of a client. */
#define V_DENY 0
#define V_ALLOW 1
#define V_NONE 2

/* What pick_target() says but for a target. */
#define T_NONE (-1)		/* none is left */
#define T_FULL (-2)		/* those that are left are at their max */

#define MAXWEIGHT 255
#define MAXSECS 31536000L
#define MAXNAME 255		/* bytes of a target's host name (-h) */
#define NAMEROWS (HAVE_NAMES ? MAXTARGET : 1)
#define CUTROWS (HAVE_CHECK ? MAXTARGET : 1)
#define MAXHELLO (3 * MAXNAME + 2 * MAXAUTH)
#define MAXTEXT 512		/* bytes of a line that plug writes */
#define MAXWHY 48		/* bytes of why a target has failed */
#define NEVER (-1L)

struct stamp {			/* a moment, by clock_now() */
	long sec;
	long usec;
};

struct count {		/* hi * 10^9 + lo: exact where long has 32 bits */
	unsigned long hi;
	unsigned long lo;
};

struct addr {
	int family;		/* IP4, IP6, UNIX; 0 none */
	unsigned port;		/* 0 none */
	unsigned char ip[16];	/* what the family does not use is 0 */
};

struct text {			/* a line under construction */
	char *p;
	int len;
	int max;		/* what does not fit is dropped */
};

/*
 * ROWS: what tables are made of; which room writes them is said beside them.
 *
 * A row's first member is mostly its state, and 0 is a free row: static
 * memory needs no set-up.
 *
 * Calls: nothing.
 */

struct rule {			/* rule writes */
	int allow;
	int bits;		/* leading bits that must be equal */
	struct addr net;
};

#if MAXRULE > 32
#define MAXRANGE (2 * MAXRULE + MAXPLUG + 1)

struct range {			/* addresses from here to the next row's */
	unsigned long from[5];	/* family; 32 bits each */
	int verdict;		/* V_... */
};

struct list {			/* rules that belong together, as ranges */
	int from, n;		/* rows of those */
	int allows;		/* one of them says allow */
};
#endif

struct target {			/* operand writes; a plug's stand together */
	struct addr at;
	char *name;		/* a path, or a host name, or 0 */
	char *send;	/* what a probe says, or 0: a byte that counts the
			   bytes behind it, any of them */
	char *expect;		/* how the answer must begin, likewise */
	struct addr check;	/* where it is probed: family 0, its own
				   address; port 0, the target itself */
	int cut;		/* its sessions end when probes kill it */
	int used;		/* the row is some plug's */
	int slot;	/* row of sh->health; the same after a reload */
	unsigned long seed;	/* what it is to -b hash */
	long weight;		/* its share, from 1 */
	long max;		/* sessions at once, or 0 */
	int backup;		/* serves while no other lives */
	int drain;		/* gets no new clients */
};

struct traffic {		/* of one target in one process */
	unsigned long live;	/* sessions now */
	unsigned long served;	/* sessions that ended */
	struct count in, out;	/* bytes of these */
};

struct found {			/* a child has looked a name up */
	int slot;
	int age;		/* the configuration that it knew */
	struct addr at;		/* family 0: the name has no address */
};

struct health {			/* in shared memory; one word decides */
	long state;		/* H_..., or whose trial it is */
	struct stamp since;	/* of the last failure */
	struct stamp changed;	/* when it died or came back */
	long failures;		/* connects, and probes in a row */
#if HAVE_STATUS
	int met;		/* somebody has tried it */
	char why[MAXWHY];	/* it failed last */
#endif
};

struct sticky {			/* in shared memory; checked when read */
	struct addr client;
	int plug;		/* its id */
	int slot;		/* of the target */
	struct stamp seen;	/* start of the last connection */
	long keep;		/* seconds that it counts from then on */
};

struct tally {			/* one process's share of the counters */
	unsigned long live;	/* sessions now */
	unsigned long served;	/* sessions that ended */
	unsigned long failed;	/* of these, with a status other than 0 */
	unsigned long refused;	/* clients, since their number was told */
	unsigned long denied;	/* clients that were refused, in all */
#if HAVE_STATUS
	unsigned long waits;	/* sessions that wait for a max */
#endif
	unsigned long log_lost;	/* syslog lines, since that was told */
	unsigned long slog_lost;	/* session lines, likewise */
	int aim;		/* a child of -F: slot of its target + 1; if it
				   does not count there any more, minus that */
	struct count in, out;	/* bytes from clients, from targets */
};

struct news {			/* what a child tells where none is shared */
	int what;		/* N_... */
	int slot;
	int plug;
	struct addr client;
	struct tally count;
#if HAVE_STATUS
	char why[MAXWHY];	/* a target has failed */
#endif
};

struct guest {			/* a client that is served; guest writes */
	struct addr client;	/* family 0: nobody */
	int plug;		/* id of the plug */
	int next;	/* in the chain of its hash: row + 1, 0 the end */
	int back;	/* the one before it there, 0 the head */
};

/* What a process serves, by session.  Others read it, and believe nothing. */
struct guests {
	int head[GUESTSETS];	/* row + 1, 0 none */
	struct guest row[MAXGUEST];
};

struct child {			/* child writes */
	long pid;		/* 0: free */
	int session;		/* -F: the row that it serves; else -1 */
	int age;		/* the configuration that it was born with */
};

struct block {
	int next;		/* in the list of free ones */
	char byte[BUFSZ];
};

struct kpipe {
	int next;		/* in the list of free ones, or of shut ones */
	int fd[2];		/* read end, write end */
};

struct side {			/* one of the two peers of a session */
	int fd;			/* -1: closed */
	int end;		/* E_...: how its stream ended */
	int flow;		/* F_...: what becomes of its bytes */
	int doomed;		/* a reset was seen: no end is clean now */
	int block;		/* holds its bytes for the other side, or -1 */
	int off, len;		/* those bytes in the block */
	int pipe;		/* bulk: the kernel pipe instead, or -1 */
	long piped;		/* bytes in that pipe */
	int full;		/* reads in a row that filled a block */
	int stuck;	/* no block was free and the other side is full */
	int owed;	/* bytes passed on by peeking, still to be read */
	struct count n;		/* bytes read from it */
#if HAVE_RING
	int waits;		/* its direction stands in the ring */
#endif
};

struct session {
	int state;		/* S_... */
	int next;		/* in the list of free rows */
	int listener;		/* row of the listener it came by */
	int plug;		/* row of the plug that serves it */
	int target;		/* tried now or tried last, or -1 */
	int aimed;		/* it counts at that target */
	int waits;		/* for room at a target */
#if HAVE_ROLL
	long number;		/* no other session has it: see RECORD */
#endif
	int trial;		/* its outcome decides over a dead target */
	int timed;		/* it has a deadline, or a side to look at */
	int pauses;		/* the system had no memory for it */
	int status;		/* END_... */
	int says;		/* SAY_...: what the target is to hear first */
	int sent;		/* bytes of that that were taken; -1 all */
	int hello;		/* R_...: place in the proxy's answer */
	int code;		/* HTTP status of that answer so far */
	int seen;		/* bytes of that answer; then, of a stuck
				   stream, those not taken at the last look */
	struct addr peer;	/* the client */
	struct stamp born;
	struct stamp moved;	/* last connect begun, last byte moved */
	struct side side[2];
	unsigned char tried[(MAXTARGET + 7) / 8];
	int cuts;		/* of its target's sessions, by then */
#if MAXREUSE > 0
	int family;		/* of its target's socket */
#endif
};

struct listener {		/* listen writes */
	int used;		/* L_... */
	int fd;			/* -1: closed */
	struct addr at;
	char *path;		/* of a unix socket, or 0 */
	int tagged;		/* the user gave an address: logs show it */
	int errors;		/* of accept in a row, at most ACCEPTS */
	int before, behind;	/* so many plugs are not its: see PLUG_AT */
	dev_t dev;		/* of that path */
	ino_t ino;
#if TAKEN < ACCEPTS
	unsigned turn;		/* of the loop, that it was ready in last */
	int taken;		/* clients that were asked for then */
#endif
};

#if HAVE_STATUS
struct query {			/* a client of -s; query writes */
	int state;		/* Q_... */
	int fd;
	int answer;		/* A_... */
	int bare;		/* HTTP/0.9: an answer without a head */
	int only;		/* HEAD: a head without an answer */
	int seen;		/* bytes of the request */
	int cr;			/* the last of them was a CR */
	int age;		/* the configuration that is told of */
	int part, plug, target;	/* what is told next */
	int off, len;		/* what is to be sent, in the buffer */
	struct stamp born;
	char buf[STATUSBUF];
};
#endif

struct plug {			/* one source and its targets; plug writes */
	int used;		/* PL_... */
	int id;			/* row of the rotor; the same after a reload */
	int age;		/* the first configuration without it */
	struct addr source;	/* with its first port */
	unsigned last;		/* the last port */
	char *path;		/* it is a unix socket there, or 0 */
	long mode;		/* of that: permissions */
	int tagged;		/* the source was given with an address */
	struct addr from;	/* of outgoing connections, or none */
	struct addr via;	/* HTTP proxy, or none */
	char *auth;		/* user:password for it, or 0 */
	long sticky;
	long keepalive;
	int balance;		/* B_..., -1 none given */
	long retry;		/* seconds, or NEVER */
	long remember;		/* -t, seconds */
	long patience;		/* -C, seconds */
	long idle;		/* -T, seconds, 0 for ever */
	long max;		/* -m, sessions at once, or 0 */
	long most;		/* -M, of these from one client, or 0 */
	long reserved;		/* -q: connect from ports below 1024 */
	long announce;		/* -X: PROXY line first */
	long check;		/* -H, seconds, or 0 */
	int listener;		/* the row of its first port; listen writes */
	int target, ntarget;	/* its rows of targets */
	int capped;		/* one of them has a max */
	int even;		/* all have the same weight */
	int rule, nrule;	/* its own rows of rules */
	int newrule, nnewrule;	/* those of a file that is being read */
};

struct conf {			/* the daemon's own; value and config write */
	long debug;
	long foreground;
	long log;
	long fork;		/* -F */
	long workers;		/* -w, or 0 */
	long test;		/* -E */
	long grace;		/* -g, seconds, or NEVER */
	long dns;		/* -D, seconds, or 0 */
	long inetd;		/* -I */
	char *file;		/* -c, or 0 */
	char *sessions;		/* -S, or 0 */
	char *pidfile;		/* -P, or 0 */
	char *root;		/* -R, or 0 */
	long uid, gid;		/* -u, or NEVER */
};

/*
 * What processes share: reached through sh alone, which points at static
 * memory, or at memory shared with children.  A process writes its own row
 * of tally only, once it runs: what its row begins with is its parent's.  Row
 * 0 is the first process's.
 */
struct shared {
	int rotor[MAXPLUG];		/* where cycle goes on */
	int level[MAXPLUG];	/* the weight that counts in this round */
	int reserve;			/* -q: the port tried last */
	char gone[MAXLISTEN];	/* listeners that a reload has closed */
#if HAVE_WORKERS
	int rows;		/* of children, ever used */
#endif
	int slog_bad;		/* log trouble was said, once an episode */
	int slog_torn;		/* the last write ended inside a line */
#if HAVE_ROLL
	long number;			/* of the last session */
#endif
	long refuse_sec;		/* the second that refuse_n counts */
	int refuse_n;			/* lines about refused clients in it */
	struct health health[MAXTARGET];
	struct addr found[NAMEROWS][2];	/* addresses of names, by slot */
	char which[NAMEROWS];		/* the one of the two that counts */
	struct tally tally[MAXCHILD + 1];
	unsigned short live[MAXCHILD + 1][MAXPLUG];	/* sessions, by id */
	struct sticky sticky[STICKYSETS][STICKYWAYS];
	int cuts[CUTROWS];	/* of all sessions of a target, by slot */
};

/*
 * TABLES: every table, in static memory.  A full one has a designed answer:
 * clients wait, a target or a rule too many is refused at the start.
 *
 * State that rooms above its owner have to read is here, too: that of plug
 * and of child.
 *
 *	sessions	clients wait in the kernel's queue
 *	children	the same, with -F
 *	blocks		bytes are looked at where they are, and moved
 *	kpipes		a bulk direction goes through blocks
 *	sticky		the client seen longest ago is forgotten
 *	checks		a probe is put off for a second
 *	queries		clients of -s wait
 *
 * Calls: nothing.
 */

static struct conf conf;
static struct stamp now;		/* set once a turn of the loop */
static struct plug draft;		/* what options write to */
#if HAVE_FILE
static struct plug plugs[MAXPLUG];
#else
#define plugs (&draft)			/* the only one */
#endif
static struct rule rules[MAXRULE];	/* the command line's come first */
static struct target targets[MAXTARGET];
static struct listener listeners[MAXLISTEN];
static struct session sessions[MAXSESSION + PROBES];	/* probes' last */
static struct child children[MAXCHILD];

/* What processes share, and what stands for that where there is one. */
static struct {
	struct shared shared;
	struct traffic traffic[MAXTARGET];
	struct guests guests;
} own;

static struct shared *sh = &own.shared;

#define MAXKEPT (MAXAUTH > MAXNAME ? MAXAUTH : MAXNAME)

static struct {				/* plug writes */
	int age;	/* which reading of -c is in use */
	int n;		/* plugs in use */
	int order[MAXPLUG];	/* their rows, as the user named them */
#if HAVE_FILE
	int limited;	/* one has -m, or a target with a max */
	short row[MAXTARGET];	/* by slot: the first target that has it */
	int reading;	/* how often -c was read */
	int nfresh;	/* plugs of that reading */
	int fresh[MAXPLUG];	/* their rows, in order */
	char name[MAXNAMES][MAXKEPT + 1];	/* users, paths, hosts */
#endif
} plug;

static struct {				/* child writes */
	int live;	/* rows in use */
	int top;	/* rows ever used */
#if HAVE_WORKERS
	int leash[2];	/* workers see the master's end in it */
#endif
} child;

/*
 * The i-th plug; those that a listener may have; a session's plug, the shared
 * row of a target and of a session's: where there is but one plug they cost
 * nothing.
 */
#define NPLUG (HAVE_FILE ? plug.n : 1)
#define PLUG_FROM(l) (HAVE_FILE ? (l)->before : 0)
#define PLUG_END(l) (HAVE_FILE ? plug.n - (l)->behind : 1)
#define PLUG_AT(i) (HAVE_FILE ? plugs + plug.order[i] : plugs)
#define PLUG(s) (HAVE_FILE ? plugs + (s)->plug : plugs)
#define SLOT_OF(t) (HAVE_FILE ? targets[t].slot : (t))
#define SLOT(s) SLOT_OF((s)->target)

#if HAVE_FILE
#define CONF_FILE conf.file
#define ROW_OF(slot) ((int)plug.row[slot])
#define PLUG_LIMITED plug.limited
#else
#define CONF_FILE ((char *)0)
#define ROW_OF(slot) (slot)
#define PLUG_LIMITED (draft.max > 0L || draft.capped)
#endif

/* What an event is for. */
#define ID_SIGNAL 0
#define ID_PARENT 1
#define ID_NEWS 2
#define ID_NAMES 3
#define ID_STATUS 4			/* and 1 + row */
#define ID_LISTEN (5 + MAXSTATUS)	/* and row */
#define ID_SESSION (ID_LISTEN + MAXLISTEN)	/* and 2 * row + side */

/* A name, for plug itself to look up where there is no proxy. */
#define NAMED(g) (HAVE_NAMES && (g)->at.family == 0)

/* It has the port of each listener: a refusal may be that port's alone. */
#define PORTLESS(g) ((g)->at.port == 0 && (g)->at.family != UNIX)

/* A row of sessions is a probe's, and no client's. */
#define IS_PROBE(s) (HAVE_CHECK && (s) >= sessions + MAXSESSION)

/* Its sessions are cut when probes take its target out. */
#define CUTS(s) (HAVE_CHECK && (s)->aimed && targets[(s)->target].cut)

/* The plug goes through a proxy. */
#define VIA(p) (HAVE_VIA && (p)->via.family != 0)

/*
 * SELF: what this process is, its moments and its counters.
 *
 * A process counts in a row of its own, and readers add the rows up; a row of
 * shared memory is cleared by the first process, when its owner is dead.  So
 * no counter is ever locked, and a torn read is off by what has just
 * happened.  Health is one word for each target, changed by compare and swap;
 * the sticky table's entries stand alone and are checked when read.  Where no
 * memory is shared, the children of -F write what they find to a pipe, a
 * record each.
 *
 * How many processes there are changes little: each runs the same loop.  One
 * process has all roles.  The master of -w has no sessions, and its workers
 * no probes, no page, no pid file.  The forker of -F admits and chooses, and
 * its children serve one session each.  What only one process may do asks for
 * the role; what is counted goes to a row of our own.
 *
 * Owns: the role, the rows that are ours, the pipe of news.
 * Calls: nothing.
 */

#define P_SINGLE 0		/* does everything */
#define P_FORKER 1		/* -F: admits and forks */
#define P_CHILD 2		/* -F: serves one session */
#define P_MASTER 3		/* -w: supervises */
#define P_WORKER 4		/* -w: serves */

#define NAPS 40			/* of 50 ms: 2 s */

static struct {
	int role;	/* P_... */
	int row;	/* ours in sh->live */
	int naps;	/* that are left: see self_waits() */
	struct tally *mine;	/* our row in sh->tally */
	char *name;	/* for errors and syslog */
	int news[2];	/* -F without shared memory: a pipe, or 0 */
#if HAVE_SERVICE
	int handed;	/* sockets from whoever started us, from 3 on */
#endif
#if HAVE_STATUS
	long born;	/* the second when plug began */
#endif
#if HAVE_WORKERS
	struct traffic *traffic;	/* of this process, by slot */
	struct traffic *all_traffic;	/* of all */
	int ntraffic;	/* how many they are */
	struct guests *guests;	/* of this process */
	struct guests *all_guests;	/* -M: those of all workers, or 0 */
	int nguests;	/* how many they are */
#endif
} self = {
	P_SINGLE, 0, NAPS, &own.shared.tally[0], "plug", { 0, 0 }
#if HAVE_SERVICE
	, 0
#endif
#if HAVE_STATUS
	, 0L
#endif
#if HAVE_WORKERS
	, &own.traffic[0], &own.traffic[0], 1, &own.guests, 0, 0
#endif
};

/* Where there are no workers, our rows are all that there is. */
#if HAVE_WORKERS
#define TRAFFIC self.traffic
#define ALL_TRAFFIC self.all_traffic
#define NTRAFFIC self.ntraffic
#define GUESTS self.guests
#define ALL_GUESTS self.all_guests
#define NGUESTS self.nguests
#else
#define TRAFFIC own.traffic
#define ALL_TRAFFIC own.traffic
#define NTRAFFIC 1
#define GUESTS (&own.guests)
#define ALL_GUESTS (&own.guests)
#define NGUESTS 0
#endif

#define IS_FORKER (HAVE_FORK_MODE && self.role == P_FORKER)
#define IS_CHILD (HAVE_FORK_MODE && self.role == P_CHILD)
#define IS_MASTER (HAVE_WORKERS && self.role == P_MASTER)
#define IS_WORKER (HAVE_WORKERS && self.role == P_WORKER)

/* True when so many seconds have gone by since then. */
static int
elapsed(struct stamp *then, long secs)
{
	long d;

	d = now.sec - then->sec;
	return d > secs || (d == secs && now.usec >= then->usec);
}

/*
 * The start finds a port or the pid file taken: true when that may be tried
 * again now, 50 ms later and for 2 s in all.  An older plug may be ending.
 */
static int
self_waits(void)
{
	if (self.naps == 0)
		return 0;
	self.naps--;
	clock_nap(50L);
	return 1;
}

/* Milliseconds since then, which is not long ago. */
static long
millis_since(struct stamp *then)
{
	return (now.sec - then->sec) * 1000L +
	    (now.usec - then->usec) / 1000L;
}

/* Our name is the last part of the program's. */
static void
self_name(char *p)
{
	for (self.name = p; *p != '\0'; p++)
		if (*p == '/' && p[1] != '\0')
			self.name = p + 1;
}

/* plug serves from now on: what is busy then is not waited for. */
static void
self_ready(void)
{
	self.naps = 0;
}

#if HAVE_SERVICE
#define HANDED self.handed

/* So many sockets are handed down; 0 when each has its place. */
static void
self_given(int n)
{
	self.handed = n;
}
#else
#define HANDED 0
#endif

/* The role of this process, or of a new child. */
static void
self_become(int role)
{
	self.role = role;
}

#if HAVE_WORKERS
/*
 * Workers know what the others have at each target, and, where -M may ask,
 * whom they serve: n rows of each, the first row of traffic is the master's.
 * 0, or -1 with errno.
 */
static int
self_share_rows(int n, int asked)
{
	char *p;

	p = share((long)sizeof own.traffic * (n + 1));
	if (p == 0)
		return -1;
	self.traffic = self.all_traffic = (struct traffic *)p;
	self.ntraffic = n + 1;
	if (!asked)
		return 0;
	self.nguests = n;
	self.all_guests = (struct guests *)share((long)sizeof own.guests * n);
	return self.all_guests == 0 ? -1 : 0;
}

/* Of so many rows of children, those that one has ever had. */
static int
self_used(int n)
{
	return n < sh->rows ? n : sh->rows;
}

/* A child in this row is about to begin. */
static void
self_use(int slot)
{
	if (slot >= sh->rows)
		sh->rows = slot + 1;
}

/* A worker has its rows of them. */
static void
self_rows(int slot)
{
	if (slot < self.nguests)
		self.guests = self.all_guests + slot;
	if (slot + 1 < self.ntraffic) {
		self.traffic = self.all_traffic + (slot + 1) * MAXTARGET;
		mem_zero(self.traffic, MAXTARGET * sizeof *self.traffic);
	}
}
#else
#define self_share_rows(n, asked) 0
#define self_used(n) (n)
#define self_use(slot) (void)0
#define self_rows(slot) (void)0
#endif

/* A child counts in rows of its own from now on. */
static void
self_child(int slot)
{
	self.row = slot + 1;
	self.mine = &sh->tally[self.row];
	mem_zero(sh->live[self.row], sizeof sh->live[0]);
	self_rows(slot);
}

/* This memory is shared from now on, with what we know by then. */
static void
self_share(char *p)
{
	sh = (struct shared *)p;
	self.mine = &sh->tally[0];
	sh->tally[0] = own.shared.tally[0];
	if (HAVE_FILE || HAVE_STATUS)
		mem_copy((char *)sh->health, (char *)own.shared.health,
		    sizeof sh->health);
}

/* n more, of bytes or sessions. */
static void
count_add(struct count *c, unsigned long n)
{
	c->lo += n;
	while (c->lo >= 1000000000L) {
		c->lo -= 1000000000L;
		c->hi++;
	}
}

/* As many more as the other counter has. */
static void
count_sum(struct count *c, struct count *more)
{
	c->hi += more->hi;
	count_add(c, more->lo);
}

#if HAVE_STATUS
#define tally_denied(sum, n) (sum)->denied += (n)

/* When plug began. */
static void
self_born(void)
{
	self.born = now.sec;
}
#else
#define tally_denied(sum, n) (void)0
#define self_born() (void)0
#endif

/* Add what one process has counted to another's. */
static void
tally_add(struct tally *sum, struct tally *y)
{
	sum->live += y->live;
	sum->served += y->served;
	sum->failed += y->failed;
	sum->refused += y->refused;
	tally_denied(sum, y->denied);
	sum->log_lost += y->log_lost;
	sum->slog_lost += y->slog_lost;
	count_sum(&sum->in, &y->in);
	count_sum(&sum->out, &y->out);
}

/* The slot of the target that a child of -F has or had, or -1. */
static int
tally_slot(struct tally *c)
{
	int slot;

	slot = (c->aim < 0 ? -c->aim : c->aim) - 1;
	return slot < MAXTARGET ? slot : -1;
}

#if HAVE_STATUS
/* Sessions that a target, if any, has served, and their bytes. */
static void
traffic_add(int slot, unsigned long n, struct count *in, struct count *out)
{
	if (slot < 0)
		return;
	TRAFFIC[slot].served += n;
	count_sum(&TRAFFIC[slot].in, in);
	count_sum(&TRAFFIC[slot].out, out);
}
#else
#define traffic_add(slot, n, i, o) (void)0
#endif

#if HAVE_STATUS
/* Why the target in this slot failed last. */
#define news_why(to, slot) mem_copy(to, sh->health[slot].why, MAXWHY)
#else
#define news_why(to, slot) (void)0
#endif

/*
 * Where processes share no memory a child of -F tells the master what it has
 * found out, in one record on a pipe.  What does not fit there is lost, but
 * counts, which go with the next record of them.
 */
static void
news_tell(int what, int slot, int which, struct addr *client)
{
	struct news n;

	if (HAVE_SHARE || self.news[1] == 0 || !IS_CHILD)
		return;
	mem_zero(&n, sizeof n);
	n.what = what;
	n.slot = slot;
	n.plug = which;
	if (client != (struct addr *)0)
		n.client = *client;
	n.count = *self.mine;
	news_why(n.why, slot);
	if (sys_write(self.news[1], (char *)&n, sizeof n) !=
	    (long)sizeof n || what != N_COUNT)
		return;
	mem_zero(self.mine, sizeof *self.mine);
	self.mine->live = n.count.live;
	self.mine->aim = n.count.aim;
}

/* The pipe of news: 0, or -1 with errno. */
static int
news_open(void)
{
	return pipe_new(self.news);
}

/* A child tells, and hears none. */
static void
news_leave(void)
{
	if (!HAVE_SHARE && self.news[0] != 0)
		(void)sys_close(self.news[0]);
	self.news[0] = 0;
}

/*
 * TEXT: put_* append to a line and never write past its end; scan_* parse a
 * word strictly, move *p behind it and return 1, or return 0.
 *
 * Numbers end where their digits do, and no more than the bound is ever taken
 * from a word, so that callers see at *p what stands behind.  What comes from
 * outside is printed with put_safe() or put_file() and can't break a line.
 *
 * Calls: nothing.
 */

/* An empty line in the max bytes at p, one of which is for its end. */
static void
text_start(struct text *t, char *p, int max)
{
	t->p = p;
	t->len = 0;
	t->max = max - 1;
	p[0] = '\0';
}

/*
 * One character, if there is room; what does not fit is dropped, and nothing
 * else ever comes behind it.
 */
static void
put_char(struct text *t, int c)
{
	if (t->len < t->max) {
		t->p[t->len++] = (char)c;
		t->p[t->len] = '\0';
	}
}

/* A string of ours. */
static void
put_str(struct text *t, char *s)
{
	while (*s != '\0')
		put_char(t, *s++);
}

/*
 * At least width digits, with zeros in front, as the parts of a moment or of
 * a number of two longs have them.
 */
static void
put_digits(struct text *t, unsigned long n, int width)
{
	char digits[3 * sizeof n + 1], *p;

	p = digits + sizeof digits - 1;
	for (*p = '\0'; n > 0 || width > 0; n /= 10, width--)
		*--p = (char)('0' + (int)(n % 10));
	put_str(t, p);
}

/* A number, in decimal. */
static void
put_num(struct text *t, unsigned long n)
{
	put_digits(t, n, 1);
}

/* A number, behind what it is. */
static void
put_field(struct text *t, char *what, unsigned long n)
{
	put_str(t, what);
	put_num(t, n);
}

/* A counter of two longs as one number. */
static void
put_count(struct text *t, struct count *c)
{
	if (c->hi > 0) {
		put_num(t, c->hi);
		put_digits(t, c->lo, 9);
	} else
		put_num(t, c->lo);
}

/* Microseconds from then until now. */
static void
put_since(struct text *t, struct stamp *then)
{
	unsigned long sec, usec;

	sec = (unsigned long)(now.sec - then->sec);
	usec = (unsigned long)now.usec;
	if (now.usec < then->usec) {
		sec--;
		usec += 1000000L;
	}
	usec -= (unsigned long)then->usec;
	if (sec > 0) {
		put_num(t, sec);
		put_digits(t, usec, 6);
	} else
		put_num(t, usec);
}

#if HAVE_STATUS
/* A number for people: "12,345". */
static void
put_grouped(struct text *t, unsigned long n)
{
	if (n >= 1000) {
		put_grouped(t, n / 1000);
		put_char(t, ',');
		put_digits(t, n % 1000, 3);
	} else
		put_num(t, n);
}

/* Bytes for people: three digits, units of 1000, as disks have them. */
static void
put_bytes(struct text *t, struct count *c)
{
	static char *units[] = { " B", " kB", " MB", " GB", " TB", " PB" };
	unsigned long n, rest;
	int u;

	u = c->hi > 0 ? 3 : 0;
	n = c->hi > 0 ? c->hi : c->lo;
	rest = c->hi > 0 ? c->lo / 1000000L : 0;
	while (n >= 1000 && u < 5) {
		rest = n % 1000;
		n /= 1000;
		u++;
	}
	put_num(t, n);
	if (u > 0 && n < 100) {
		put_char(t, '.');
		put_digits(t, n < 10 ? rest / 10 : rest / 100, n < 10 ? 2 : 1);
	}
	put_str(t, units[u]);
}

/* Seconds for people: the two greatest units. */
static void
put_span(struct text *t, long s)
{
	static struct {
		long size;
		char *name;
	} units[] = { { 86400L, " d" }, { 3600L, " h" }, { 60L, " min" } };
	int i;

	for (i = 0; i < 3 && s < units[i].size; i++)
		continue;
	if (i < 3) {
		put_num(t, (unsigned long)(s / units[i].size));
		put_str(t, units[i].name);
		put_char(t, ' ');
		s %= units[i].size;
		i++;
	}
	if (i < 3) {
		put_num(t, (unsigned long)(s / units[i].size));
		put_str(t, units[i].name);
	} else {
		put_num(t, (unsigned long)s);
		put_str(t, " s");
	}
}
#endif

/*
 * A byte from outside: as \ooo if it is not printable ASCII.  A line of the
 * log stays one line, and a terminal that shows it obeys nobody.
 */
static void
put_byte(struct text *t, int c)
{
	c &= 0377;
	if (c < ' ' || c > '~' || c == '\\') {
		put_char(t, '\\');
		put_char(t, '0' + (c >> 6));
		put_char(t, '0' + (c >> 3 & 7));
		put_char(t, '0' + (c & 7));
	} else
		put_char(t, c);
}

/*
 * A word from outside: 64 bytes of it, so that what is said about it has
 * room.
 */
static void
put_safe(struct text *t, char *s)
{
	int n;

	for (n = 64; *s != '\0' && n > 0; n--)
		put_byte(t, *s++);
	if (*s != '\0')
		put_str(t, "...");
}

#if HAVE_FILE
/* A file's name, which may be long; room for what is said of it is left. */
static void
put_file(struct text *t, char *s)
{
	while (*s != '\0' && t->len < MAXTEXT - 192)
		put_byte(t, *s++);
	if (*s != '\0')
		put_str(t, "...");
}
#else
#define put_file(t, s) put_safe(t, s)
#endif

/* 0 to 9, whatever the locale says. */
static int
is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/*
 * Decimal digits alone, no leading zero, from min to max, neither of which is
 * below 0.  A number that no long holds is no number.
 */
static int
scan_num(char **p, long min, long max, long *n)
{
	char *s;
	long v;

	s = *p;
	if (!is_digit(*s) || (s[0] == '0' && is_digit(s[1])))
		return 0;
	for (v = 0; is_digit(*s); s++) {
		if (v > (max - (*s - '0')) / 10)
			return 0;
		v = v * 10 + (*s - '0');
	}
	if (v < min || v > max)
		return 0;
	*p = s;
	*n = v;
	return 1;
}

/* The whole word is a number from min to max. */
static int
scan_whole(char *s, long min, long max, long *n)
{
	return scan_num(&s, min, max, n) && *s == '\0';
}

/* This character. */
static int
scan_char(char **p, int c)
{
	if (**p != c)
		return 0;
	(*p)++;
	return 1;
}

/* The word that *p begins with; *p moves on. */
static int
scan_key(char **p, char *key)
{
	char *s;

	for (s = *p; *key != '\0'; key++)
		if (!scan_char(&s, *key))
			return 0;
	*p = s;
	return 1;
}

#if HAVE_STATUS
/* The word that ends at a blank, or with the line; *p moves behind it. */
static char *
scan_word(char **p)
{
	char *word;

	word = *p;
	while (**p != ' ' && **p != '\0')
		(*p)++;
	if (**p == ' ')
		*(*p)++ = '\0';
	return word;
}
#endif

/*
 * ADDR: addresses of IPv4, IPv6 and unix sockets: scanned from a word,
 * printed, compared, hashed.  All of it is pure, but for the
 * two at the system's door, addr_out() and addr_in(), and addr_local(), which
 * asks which addresses this machine has.
 *
 * Calls: text.
 */

/*
 * Up to four octets with dots between them; returns how many.  *p stands
 * behind the last that was one, so that a pattern's ".*" is left.
 */
static int
scan_octets(char **p, unsigned char *ip)
{
	long n;
	int i;
	char *s;

	s = *p;
	for (i = 0; i < 4; i++) {
		if (i > 0 && !scan_char(&s, '.'))
			break;
		if (!scan_num(&s, 0L, 255L, &n))
			break;
		ip[i] = (unsigned char)n;
		*p = s;
	}
	return i;
}

/* The value of a hexadecimal digit, or -1. */
static int
hex_digit(int c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One group of an IPv6 address: one to four hexadecimal digits. */
static int
scan_group(char **p, unsigned char *ip)
{
	int i, d, v;

	v = 0;
	for (i = 0; i < 4 && (d = hex_digit(**p)) >= 0; i++, (*p)++)
		v = v << 4 | d;
	ip[0] = (unsigned char)(v >> 8 & 0377);
	ip[1] = (unsigned char)(v & 0377);
	return i > 0 && hex_digit(**p) < 0;
}

/* The last 32 bits of an IPv6 address may be four decimal octets. */
static int
scan_tail(char **p, unsigned char *ip)
{
	char *s;

	s = *p;
	if (scan_octets(&s, ip) != 4)
		return 0;
	*p = s;
	return 1;
}

/*
 * The groups of an IPv6 address up to its end or to "::"; returns the bytes
 * they take, or -1.
 */
static int
scan_groups(char **p, unsigned char *ip, int max)
{
	int n;

	for (n = 0; n < max; n += 2) {
		if (n > 0 && (**p != ':' || (*p)[1] == ':'))
			return n;
		if (n > 0)
			(*p)++;
		if ((max < 16 ? n + 4 <= max : n == 12) &&
		    scan_tail(p, ip + n))
			return n + 4;
		if (!scan_group(p, ip + n))
			return -1;
	}
	return n;
}

/* RFC 4291 2.2, without a zone. */
static int
scan_ip6(char **p, struct addr *a)
{
	unsigned char back[16];
	int n, m;
	char *s;

	s = *p;
	mem_zero(a->ip, sizeof a->ip);
	n = 0;
	if (s[0] != ':' && (n = scan_groups(&s, a->ip, 16)) < 0)
		return 0;
	if (s[0] == ':' && s[1] == ':' && n < 16) {
		s += 2;
		m = 0;
		if (hex_digit(*s) >= 0)
			m = scan_groups(&s, back, 14 - n);
		if (m < 0)
			return 0;
		mem_copy(a->ip + 16 - m, back, (unsigned)m);
		n = 16;
	}
	a->family = IP6;
	*p = s;
	return n == 16;
}

/* An IPv4 address in IPv6's clothes is that IPv4 address. */
static void
addr_unmap(struct addr *a)
{
	static unsigned char mapped[12] =
	    { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255 };

	if (a->family != IP6 || !mem_same(a->ip, mapped, 12))
		return;
	a->family = IP4;
	mem_move(a->ip, a->ip + 12, 4);
	mem_zero(a->ip + 4, 12);
}

/* Four decimal octets. */
static int
scan_ip4(char **p, struct addr *a)
{
	char *s;

	s = *p;
	a->family = IP4;
	mem_zero(a->ip, sizeof a->ip);
	if (scan_octets(&s, a->ip) != 4)
		return 0;
	*p = s;
	return 1;
}

/* What stands before a colon and a port: IPv4, or IPv6 in brackets. */
static int
scan_ip(char **p, struct addr *a)
{
	char *s;

	s = *p;
	if (*s != '[')
		return scan_ip4(p, a);
	s++;
	if (!scan_ip6(&s, a) || !scan_char(&s, ']'))
		return 0;
	addr_unmap(a);
	*p = s;
	return 1;
}

/*
 * What stands alone, as a rule's address or that of -p: IPv4, IPv6, or that
 * in brackets.
 */
static int
scan_bare(char **p, struct addr *a)
{
	char *s;

	s = *p;
	if (scan_ip(&s, a) && *s != ':') {
		*p = s;
		return 1;
	}
	if (!scan_ip6(p, a))
		return 0;
	addr_unmap(a);
	return 1;
}

/* A port, from 1 on: 0 is what none is. */
static int
scan_port(char **p, struct addr *a)
{
	long n;

	if (!scan_num(p, 1L, 65535L, &n))
		return 0;
	a->port = (unsigned)n;
	return 1;
}

/* The whole word is an address without a port. */
static int
scan_host(char *s, struct addr *a)
{
	a->port = 0;
	return scan_bare(&s, a) && *s == '\0';
}

/* Without zeros in front, as RFC 5952 wants it. */
static void
put_hex(struct text *t, int v)
{
	if (v > 15)
		put_hex(t, v >> 4);
	v &= 15;
	put_char(t, v + (v < 10 ? '0' : 'a' - 10));
}

/* The group of an IPv6 address at byte i. */
static int
addr_group(struct addr *a, int i)
{
	return a->ip[i] << 8 | a->ip[i + 1];
}

/* RFC 5952: the first longest run of two or more zero groups is "::". */
static void
put_ip6(struct text *t, struct addr *a)
{
	int i, n, from, most;

	from = most = -1;
	for (i = 0; i < 16; i += 2) {
		for (n = i; n < 16 && addr_group(a, n) == 0; n += 2)
			continue;
		if (n - i > most) {
			from = i;
			most = n - i;
		}
	}
	for (i = 0; i < 16; i += 2) {
		if (i == from && most > 2) {
			put_str(t, i == 0 ? "::" : ":");
			i += most - 2;
			continue;
		}
		put_hex(t, addr_group(a, i));
		if (i < 14)
			put_char(t, ':');
	}
}

/* An address without its port. */
static void
put_ip(struct text *t, struct addr *a)
{
	int i;

	if (a->family == IP6)
		put_ip6(t, a);
	else if (a->family == UNIX)
		put_str(t, "unix");
	else
		for (i = 0; i < 4; i++)
			put_field(t, i > 0 ? "." : "",
			    (unsigned long)a->ip[i]);
}

/* An address with its port; IPv6 stands in brackets. */
static void
put_addr(struct text *t, struct addr *a)
{
	if (a->family == IP6)
		put_char(t, '[');
	put_ip(t, a);
	if (a->family == IP6)
		put_char(t, ']');
	put_field(t, ":", (unsigned long)a->port);
}

/* The same address, whatever the ports. */
static int
addr_same(struct addr *a, struct addr *b)
{
	return a->family == b->family && mem_same(a->ip, b->ip, sizeof a->ip);
}

/* FNV-1a, 32 bits: neighbours in a network land far apart. */
static unsigned long
addr_hash(struct addr *a)
{
	unsigned long h;
	int i;

	h = 0x811c9dc5L & 0xffffffffL;
	for (i = 0; i < (int)sizeof a->ip; i++)
		h = (h ^ a->ip[i]) * 0x01000193L & 0xffffffffL;
	return h ^ h >> 15;
}

/* Bits well mixed: 32 of them, from 32.  Not for secrets. */
static unsigned long
hash_mix(unsigned long h)
{
	h = (h ^ (h & 0xffffffffL) >> 16) * 0x7feb352dL & 0xffffffffL;
	h = (h ^ h >> 15) * 0x846ca68bL & 0xffffffffL;
	return h ^ h >> 16;
}

/* Ours to the system's; returns its length. */
static int
addr_out(struct addr *a, char *path, union sockany *s)
{
	if (a->family == UNIX)
		return sock_path(s, path);
	return sock_pack(s, a->family, a->ip, a->port);
}

/* The system's to ours; IPv4 that came by way of IPv6 is IPv4. */
static void
addr_in(union sockany *s, struct addr *a)
{
	mem_zero(a, sizeof *a);
	a->family = sock_unpack(s, a->ip, &a->port);
	addr_unmap(a);
}

/*
 * 0.0.0.0 or ::, which is every address of this machine.  A connect to it
 * reaches this machine.
 */
static int
addr_any(struct addr *a)
{
	static unsigned char any[16];

	return mem_same(a->ip, any, 16);
}

/*
 * An address of this machine: one of loopback, or one that the system lets us
 * have.
 */
static int
addr_local(struct addr *a)
{
	static unsigned char one[16] =
	    { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };

	if (a->family == IP4 ? a->ip[0] == 127 : mem_same(a->ip, one, 16))
		return 1;
	return sock_own(a->family, a->ip);
}

/*
 * LOG: the line under construction, errors and syslog lines.
 *
 * An error goes to standard error while that is ours (before detaching, and
 * with -n), later to syslog.  What -l asks for goes to syslog always.  What
 * befalls clients and targets without being asked for goes to both.  Nothing
 * here ever waits for who reads: a line that can't go out is lost and
 * counted, and the count is told when the trouble is over.
 *
 * What any client can bring about at will has REFUSELINES lines a second for
 * all processes together, and a count for the rest; trouble that every client
 * meets has one line a minute.  So nobody fills a disk by knocking.
 *
 * Owns: the line, who was told what last.
 * Calls: self text addr.
 */

#define TO_ERRORS 0	/* standard error while it is ours, or syslog */
#define TO_SYSLOG 1
#define TO_BOTH 2	/* syslog, and standard error while it is ours */

#define CALM 5L		/* seconds without trouble, and it is over */

static struct {
	int detached;	/* standard error is not ours any more */
#if HAVE_FILE
	long place;	/* in the file of -c, while it is read */
#endif
	long refused;	/* the second of our tally's refused */
	long deaf;	/* the last second in which there was no syslogd */
	struct stamp met;	/* what log_minute() tells of, the last time */
	struct stamp said;	/* and its last line */
	struct text line;
	char buf[MAXTEXT];	/* of that line */
} logging;

#if HAVE_FILE
#define PLACE logging.place
#else
#define PLACE 0L
#endif

/* Standard error is not ours any more. */
static void
log_detach(void)
{
	logging.detached = 1;
}

#if HAVE_FILE
/* Errors are about that line of the file of -c, or about none: 0. */
static void
log_place(long n)
{
	logging.place = n;
}
#endif

/* Begin a line about a listener, or about the whole daemon if it is 0. */
static struct text *
log_start(struct listener *l)
{
	text_start(&logging.line, logging.buf, MAXTEXT);
	if (l == (struct listener *)0)
		return &logging.line;
	put_char(&logging.line, '(');
	if (l->tagged) {
		put_ip(&logging.line, &l->at);
		put_char(&logging.line, ' ');
	}
	if (l->path != (char *)0)
		put_str(&logging.line, l->path);
	else
		put_num(&logging.line, (unsigned long)l->at.port);
	put_str(&logging.line, "): ");
	return &logging.line;
}

/*
 * A line for syslog: true when it was taken.  Where there is no syslogd it is
 * looked for once a second, not once a line.
 */
static int
log_try(int level, char *s)
{
	if (log_fd < 0 && logging.deaf == now.sec)
		return 0;
	if (log_put(level, s))
		return 1;
	logging.deaf = now.sec;
	return 0;
}

/* It is looked for once more, whenever that was done last. */
static void
log_again(void)
{
	logging.deaf = -1L;
}

/*
 * A line for standard error: true when it was taken.  Where nobody reads that,
 * out of a supervisor's pipe for one, it is not waited for.
 */
static int
log_error(char *s)
{
	char out[MAXTEXT + 64];
	struct text t;

	if (!fd_room(2))
		return 0;
	text_start(&t, out, (int)sizeof out);
	put_str(&t, self.name);
	put_str(&t, ": ");
	put_str(&t, s);
	out[t.len++] = '\n';
	(void)sys_write(2, out, (unsigned)t.len);
	return 1;
}

/* Standard error is ours and has what is for syslog: there is no syslogd. */
#define LOG_HERE (LOG_NOBODY && !logging.detached)

/* Tell how many lines were lost, if whoever has the others takes that one. */
static void
log_report(void)
{
	char out[MAXTEXT];
	struct text t;

	if (self.mine->log_lost == 0)
		return;
	text_start(&t, out, MAXTEXT);
	put_num(&t, self.mine->log_lost);
	put_str(&t, " log lines lost");
	if (log_try(LOG_LEVEL_WARNING, out) || (LOG_HERE && log_error(out)))
		self.mine->log_lost = 0;
}

/*
 * A line for syslog, behind the count of those that were lost before it.
 * True when standard error is to have it instead.
 */
static int
log_syslog(int level, char *s)
{
	log_report();
	if (self.mine->log_lost > 0 || !log_try(level, s)) {
		if (LOG_HERE)
			return 1;
		self.mine->log_lost++;
	}
	return 0;
}

/* The line is complete: send it, or count it as lost. */
static void
log_end(int to, int level)
{
	if ((to != TO_ERRORS || logging.detached) &&
	    log_syslog(level, logging.buf))
		to = TO_ERRORS;
	if (to != TO_SYSLOG && !logging.detached && !log_error(logging.buf))
		self.mine->log_lost++;
}

/*
 * "what: reason", the reason being an errno, or none if that is 0.  What it
 * is about may be a file, whose name may hold anything.
 */
static void
log_trouble(struct listener *l, char *what, int e)
{
	struct text *t;

	t = log_start(l);
	put_file(t, what);
	if (e != 0) {
		put_str(t, ": ");
		put_str(t, err_text(e));
	}
	log_end(TO_ERRORS, LOG_LEVEL_ERR);
}

/*
 * Trouble that every client may meet: a line when it begins, and one a minute
 * while it lasts; it is over when there was none for CALM seconds.
 */
static void
log_minute(struct listener *l, char *what, int e)
{
	int lasts;

	lasts = logging.met.sec != 0L && !elapsed(&logging.met, CALM);
	logging.met = now;
	if (lasts && !elapsed(&logging.said, 60L))
		return;
	logging.said = now;
	log_trouble(l, what, e);
}

/* A usage error: one line that names the place and the offending word. */
static int
log_usage(char *what, char *word)
{
	struct text *t;

	t = log_start((struct listener *)0);
	if (PLACE > 0L) {
		put_file(t, conf.file);
		put_field(t, ":", (unsigned long)PLACE);
		put_str(t, ": ");
	}
	put_str(t, what);
	if (word != (char *)0) {
		put_str(t, ": '");
		put_safe(t, word);
		put_char(t, '\'');
	}
	log_end(TO_ERRORS, LOG_LEVEL_ERR);
	return END_USAGE;
}

#if HAVE_DEBUG
/* A step of one session, for -d. */
static void
log_debug(int level, char *what, int id, long n)
{
	struct text *t;

	if (conf.debug < (long)level)
		return;
	t = log_start((struct listener *)0);
	put_field(t, "debug: session ", (unsigned long)id);
	put_str(t, ": ");
	put_str(t, what);
	put_char(t, ' ');
	put_field(t, n < 0L ? "-" : "", (unsigned long)(n < 0L ? -n : n));
	log_end(TO_ERRORS, LOG_LEVEL_INFO);
}
#else
#define log_debug(level, what, id, n) (void)0
#endif

/* How many refused clients had no line of their own. */
static void
log_refused_more(void)
{
	struct text *t;

	if (self.mine->refused == 0)
		return;
	t = log_start((struct listener *)0);
	put_num(t, self.mine->refused);
	put_str(t, " more clients refused.");
	self.mine->refused = 0;
	log_end(TO_BOTH, LOG_LEVEL_NOTICE);
}

/*
 * True for the first REFUSELINES lines of a second that any client can bring
 * about, of all processes; their clocks may differ a little.
 */
static int
log_fits(void)
{
	if (now.sec > sh->refuse_sec || now.sec < sh->refuse_sec - 60L) {
		sh->refuse_sec = now.sec;
		sh->refuse_n = 0;
	}
	if (sh->refuse_n >= REFUSELINES)
		return 0;
	sh->refuse_n++;
	return 1;
}

/* A refused client: a line, or one more in the count of this second. */
static void
log_refused(struct listener *l, struct addr *peer)
{
	struct text *t;

	tally_denied(self.mine, 1);
	if (logging.refused != now.sec)
		log_refused_more();
	logging.refused = now.sec;
	if (!log_fits()) {
		self.mine->refused++;
		return;
	}
	t = log_start(l);
	put_str(t, "Connect from ");
	put_ip(t, peer);
	put_str(t, " Refused.");
	log_end(TO_BOTH, LOG_LEVEL_NOTICE);
}

/*
 * SLOG: the session log of -S.  Lines are gathered and written once a turn of
 * the loop, whole lines in one write, so that processes can share the file.
 * The log may be moved away, its disk be full, its reader be stuck: sessions
 * go on, lines are lost and counted, and one line an episode says why.
 *
 * A write that was cut short leaves a line without its end.  Whoever writes
 * next begins with a newline then, so that a torn line spoils no other: the
 * last byte of the file tells, or where that can't be read, what our own
 * processes know.
 *
 * Owns: the buffer, and the descriptor of the log.
 * Calls: self text log.
 */

static struct {
	int fd;		/* once it is open; -1 when it is not */
	int len;	/* bytes of lines that wait */
	int waits;	/* a pipe or terminal: ask for room first */
	int unit;	/* most bytes of one write, 0 one line */
	int astray;	/* it is not where it should be */
	dev_t dev;	/* of the file that is open */
	ino_t ino;
} slog;

static char slog_lines[1 + LOGBUF];	/* the lines, behind a newline */
#define SLOG (slog_lines + 1)

/*
 * Open the session log; "-" is standard output, whose flags stay as they
 * are.  A plain file is opened for reading too, where that may be; root
 * follows no symbolic link there.  Returns 0, or -1 with errno.
 */
static int
slog_open(void)
{
	struct stat st;
	int fd, how;

	fd = 1;
	if (!str_same(conf.sessions, "-")) {
		how = O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK | O_CLOEXEC |
		    (geteuid() == 0 ? O_NOFOLLOW : 0);
		if (O_NOFOLLOW == 0 && geteuid() == 0 &&
		    sys_lstat(conf.sessions, &st) == 0 &&
		    S_ISLNK(st.st_mode)) {
			errno = EACCES;
			return -1;
		}
		fd = sys_open(conf.sessions, O_RDWR | how, 0640);
		if (fd < 0 || sys_fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
			(void)sys_close(fd);
			fd = sys_open(conf.sessions, O_WRONLY | how, 0640);
		}
	}
	if (fd < 0 || sys_fstat(fd, &st) < 0)
		return -1;
	if (slog.fd > 1)
		(void)sys_close(slog.fd);
	slog.fd = fd;
	slog.dev = st.st_dev;
	slog.ino = st.st_ino;
	slog.waits = !S_ISREG(st.st_mode);
	slog.unit = S_ISREG(st.st_mode) ? LOGBUF :
	    S_ISCHR(st.st_mode) ? 0 : PIPE_BUF;
	sh->slog_torn = 0;
	return 0;
}

/* Say why lines are lost, once an episode. */
static void
slog_trouble(int e)
{
	if (sh->slog_bad)
		return;
	log_trouble((struct listener *)0, conf.sessions, e);
	news_tell(N_LOG, 1, 0, (struct addr *)0);
	sh->slog_bad = 1;
}

/* Tell how many lines were lost. */
static void
slog_report(void)
{
	struct text *t;

	if (self.mine->slog_lost == 0)
		return;
	t = log_start((struct listener *)0);
	put_num(t, self.mine->slog_lost);
	put_str(t, " session lines lost");
	self.mine->slog_lost = 0;
	log_end(TO_ERRORS, LOG_LEVEL_WARNING);
}

/* A line was written: whatever was the matter is over. */
static void
slog_well(void)
{
	if (sh->slog_bad && !slog.astray) {
		news_tell(N_LOG, 0, 0, (struct addr *)0);
		sh->slog_bad = 0;
	}
	slog_report();
}

/*
 * Open it anew when the file was moved away, or when told to.  Where that
 * can't be, after -R for one, the old one serves while it has a name.
 */
static void
slog_check(int anyway)
{
	struct stat st;

	if (conf.sessions == (char *)0 || str_same(conf.sessions, "-"))
		return;
	slog.astray = 0;
	if (!anyway && slog.fd >= 0 && sys_stat(conf.sessions, &st) == 0 &&
	    st.st_ino == slog.ino && st.st_dev == slog.dev)
		return;
	if (slog_open() == 0)
		return;
	slog_trouble(errno);
	slog.astray = slog.fd >= 0 && sys_fstat(slog.fd, &st) == 0 &&
	    st.st_nlink > 0;
	if (slog.fd >= 0 && !slog.astray) {
		(void)sys_close(slog.fd);
		slog.fd = -1;
	}
}

/* Bytes of the buffer that go out in one write: whole lines, at least one. */
static int
slog_chunk(void)
{
	int i, n;

	n = 0;
	for (i = 0; i < slog.len && (n == 0 || i < slog.unit); i++)
		if (SLOG[i] == '\n')
			n = i + 1;
	return n;
}

/* Forget the first n bytes of the buffer, counting their lines as lost. */
static void
slog_drop(int n, int lost)
{
	int i;

	for (i = 0; lost && i < n; i++)
		self.mine->slog_lost += SLOG[i] == '\n';
	slog.len -= n;
	mem_move(SLOG, SLOG + n, (unsigned)slog.len);
}

/* A child has none of what waits here: that is its parent's. */
static void
slog_forget(void)
{
	slog.len = 0;
}

/*
 * The log ends inside a line, whoever wrote that: a full disk leaves such.
 * Where its last byte can't be seen, our own processes know of theirs.  What
 * another is just writing looks like that, too, for a moment: it is looked at
 * again a little later.
 */
static int
slog_inside(void)
{
	struct stat st;
	int looks;
	char c;

	for (looks = 0; ; looks++) {
		c = (char)('\n' + sh->slog_torn);
		if (slog.fd > 1 && sys_fstat(slog.fd, &st) == 0 &&
		    st.st_size > 0 &&
		    sys_lseek(slog.fd, st.st_size - 1, 0) >= 0)
			(void)sys_read(slog.fd, &c, 1);
		if (c == '\n' || looks == 3)
			return c != '\n';
		clock_nap(1L);
	}
}

/*
 * Write the first n bytes of the buffer, behind a newline if the log ends
 * inside a line.  After a short write the rest is tried, which tells why it
 * was short.  Returns how many were written, -1 not even the newline; errno
 * says why they are not all.
 */
static int
slog_put(int n)
{
	char *p, *end;
	long k;

	slog_lines[0] = '\n';
	p = SLOG - slog_inside();
	end = SLOG + n;
	do {
		errno = ENOSPC;
		k = (long)sys_write(slog.fd, p, (unsigned)(end - p));
		if (k > 0L)
			p += k;
	} while (k > 0L && p < end && !slog.waits);
	if (p >= SLOG)
		sh->slog_torn = p[-1] != '\n';
	return (int)(p - SLOG);
}

/* Write what is there.  What a full pipe or terminal can't take stays. */
static void
slog_flush(void)
{
	int n, k, e;

	if (slog.len == 0)
		return;
	slog_check(0);
	while (slog.len > 0) {
		n = slog_chunk();
		if (slog.waits && slog.fd >= 0 && !fd_room(slog.fd))
			return;
		k = slog_put(n);
		e = errno;
		if (k <= 0 && again())
			return;
		if (k > 0)
			slog_drop(k, 0);
		if (k == n)
			slog_well();
		else {
			slog_drop(slog_chunk(), 1);
			slog_trouble(e);
		}
	}
}

/* The last chance: what can't be written now is lost, and counted. */
static void
slog_close(void)
{
	slog_flush();
	if (slog.len > 0) {
		slog_drop(slog.len, 1);
		slog_trouble(EAGAIN);
	}
}

/* Begin a session line: writing may need the line under construction too. */
static struct text *
slog_start(void)
{
	if (slog.len > LOGBUF - MAXTEXT)
		slog_flush();
	return log_start((struct listener *)0);
}

/* Add the line under construction to the session log. */
static void
slog_add(void)
{
	if (slog.len + logging.line.len + 1 > LOGBUF) {
		self.mine->slog_lost++;
		slog_trouble(EAGAIN);
		return;
	}
	mem_copy(SLOG + slog.len, logging.buf, (unsigned)logging.line.len);
	slog.len += logging.line.len;
	SLOG[slog.len++] = '\n';
}

/*
 * A count of lines that were not written waits to be told: until there is a
 * syslogd again, if there ever was one, or room where standard error stands
 * for it.  Other processes may find one, or room for session lines, without a
 * word to us.
 */
static int
log_owes(void)
{
	return self.mine->refused > 0 ||
	    (self.mine->log_lost > 0 &&
	    (self.role != P_SINGLE || log_fd != -1 || LOG_HERE)) ||
	    (self.mine->slog_lost > 0 &&
	    (self.role != P_SINGLE || !sh->slog_bad));
}

/*
 * Tell them, when the trouble is over; anyway at the end.  They are our own
 * or those of children that have died: what a child of -F has lost its master
 * tells at its end, with others'.
 */
static void
log_settle(int anyway)
{
	if (anyway)
		log_again();
	if (!IS_CHILD || log_fits())
		log_report();
	if (anyway || !sh->slog_bad)
		slog_report();
	if (anyway || logging.refused != now.sec)
		log_refused_more();
}

/* "[yyyy-mm-dd HH:MM:SS] plug[PID] " */
static void
put_when(struct text *t)
{
	static char behind[] = "-- ::]";
	struct when *w;
	int i;

	w = clock_local();
	put_char(t, '[');
	if (w == (struct when *)0)
		put_str(t, "?]");
	for (i = 0; w != (struct when *)0 && i < 6; i++) {
		put_digits(t, (unsigned long)w->n[i], i == 0 ? 4 : 2);
		put_char(t, behind[i]);
	}
	put_field(t, " plug[", (unsigned long)getpid());
	put_str(t, "] ");
}

/*
 * RULE: -a and -x, in the order given: the first that matches decides.  A
 * plug's own come first, then the command line's.  Where one says allow, who
 * matches none is refused; where all say deny, he is admitted.
 *
 * A pattern is an address with the number of leading bits that must be equal:
 * a mask and a star are turned into that when they are read.
 *
 * Few rules are looked through.  Of many, each list is painted on the line of
 * all addresses, the last rule first, so that what is seen in the end is the
 * first that matches; where a colour begins is a row, and a client's is found
 * by halving.  That is done at the first client who comes after rules have
 * changed.
 *
 * Owns: how many rules there are, and what was painted.
 * Calls: text addr.
 */

static struct {
	int n;		/* rows of rules in use */
	int base;	/* of these, the command line's with -c */
#if MAXRULE > 32
	int painted;	/* what follows is as the rules are */
	struct list list[MAXPLUG + 1];	/* by row of plugs; the last: base */
	struct range range[MAXRANGE];
#endif
} rule;

#if MAXRULE > 32
/* Rules have changed. */
static void
rule_stale(void)
{
	rule.painted = 0;
}
#else
#define rule_stale() (void)0
#endif

/* Leading ones of a mask; -1 when a one follows a zero. */
static int
rule_mask(struct addr *mask)
{
	int bits, i;

	bits = 0;
	while (bits < 32 && mask->ip[bits / 8] >> (7 - bits % 8) & 1)
		bits++;
	for (i = bits; i < 32; i++)
		if (mask->ip[i / 8] >> (7 - i % 8) & 1)
			return -1;
	return bits;
}

/* "*", or one to three octets and ".*": what plug-gw and rinetd have. */
static int
scan_pattern(char *s, struct rule *r)
{
	int octets;

	if (str_same(s, "*")) {
		r->net.family = 0;
		r->bits = 0;
		return 1;
	}
	octets = scan_octets(&s, r->net.ip);
	r->net.family = IP4;
	r->bits = 8 * octets;
	return octets > 0 && octets < 4 && str_same(s, ".*");
}

/* What stands behind the address: nothing, /bits or /mask. */
static int
scan_width(char *s, struct rule *r)
{
	struct addr mask;
	long n;

	r->bits = r->net.family == IP6 ? 128 : 32;
	if (*s == '\0')
		return 1;
	if (!scan_char(&s, '/'))
		return 0;
	if (r->net.family == IP4 && scan_ip4(&s, &mask)) {
		r->bits = rule_mask(&mask);
		return *s == '\0' && r->bits >= 0;
	}
	if (!scan_whole(s, 0L, (long)r->bits, &n))
		return 0;
	r->bits = (int)n;
	return 1;
}

/* addr, addr/bits, addr/mask, or a pattern. */
static int
scan_rule(char *s, struct rule *r)
{
	mem_zero(r, sizeof *r);
	if (scan_pattern(s, r))
		return 1;
	if (!scan_ip4(&s, &r->net) && !scan_ip6(&s, &r->net))
		return 0;
	if (!scan_width(s, r))
		return 0;
	if (r->net.family == IP6 && r->bits >= 96) {
		addr_unmap(&r->net);
		r->bits -= r->net.family == IP4 ? 96 : 0;
	}
	return 1;
}

/* One more, in the row behind the last: it allows, or denies. */
static void
rule_add(int allow)
{
	rules[rule.n++].allow = allow;
	rule_stale();
}

/* Those so far are the command line's, for every plug of the file. */
static void
rule_common(void)
{
	rule.base = rule.n;
	rule_stale();
}

#if HAVE_FILE
/* Those of the file from there on are forgotten again. */
static void
rule_cut(int from)
{
	rule.n = from;
	rule_stale();
}

/*
 * Those of the file from there on are all that counts beside the command
 * line's: returns by how many rows they have moved forward.
 */
static int
rule_keep(int from)
{
	int shift;

	shift = from - rule.base;
	mem_move((char *)&rules[rule.base], (char *)&rules[from],
	    (unsigned)((rule.n - from) * (int)sizeof rules[0]));
	rule.n -= shift;
	rule_stale();
	return shift;
}
#endif

#if MAXRULE <= 32 || HAVE_HINTS
/* True when the first bits of both are equal. */
static int
rule_matches(struct addr *net, int bits, struct addr *a)
{
	int whole, mask;

	if (net->family != 0 && a->family != net->family)
		return 0;
	whole = bits / 8;
	if (!mem_same(a->ip, net->ip, (unsigned)whole))
		return 0;
	if (bits % 8 == 0)
		return 1;
	mask = 0377 << (8 - bits % 8) & 0377;
	return ((a->ip[whole] ^ net->ip[whole]) & mask) == 0;
}
#endif

#if MAXRULE > 32
/*
 * -a 10.1.0.0/16 -x 10.0.0.0/8 is painted in three steps, from the right; a
 * row begins where a word stands.
 *
 *	none
 *	none	10 deny				11 none
 *	none	10 deny	10.1 allow	10.2 deny	11 none
 *
 * A rule has two ends at most, a list the row that it begins with: there are
 * MAXRANGE rows, which can't be too few.
 */

/* Where an address lies on the line: its family, then its bits. */
static void
range_key(struct addr *a, unsigned long *key)
{
	unsigned char *ip;
	int i;

	key[0] = (unsigned long)a->family;
	for (i = 1, ip = a->ip; i < 5; i++, ip += 4)
		key[i] = (unsigned long)ip[0] << 24 |
		    (unsigned long)ip[1] << 16 |
		    (unsigned long)ip[2] << 8 | (unsigned long)ip[3];
}

/* Of n rows, the one that the key lies in; the first begins with zeros. */
static int
range_find(struct range *r, int n, unsigned long *key)
{
	int i, low, high, middle;

	low = 0;
	for (high = n; high - low > 1; ) {
		middle = (low + high) / 2;
		for (i = 0; i < 4 && r[middle].from[i] == key[i]; i++)
			continue;
		if (r[middle].from[i] <= key[i])
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The row that begins with the key: a new one if none does. */
static int
range_cut(struct range *r, int *n, unsigned long *key)
{
	int i, k;

	i = range_find(r, *n, key);
	for (k = 0; k < 5 && r[i].from[k] == key[k]; k++)
		continue;
	if (k == 5)
		return i;
	mem_move((char *)&r[i + 1], (char *)&r[i],
	    (unsigned)((*n - i) * (int)sizeof *r));
	(*n)++;
	for (k = 0; k < 5; k++)
		r[i + 1].from[k] = key[k];
	return i + 1;
}

/* The first key of a network with so many bits, and the first behind it. */
static void
range_ends(struct addr *net, int bits, unsigned long *key, unsigned long *end)
{
	int i, k;

	range_key(net, key);
	for (i = 1; i < 5; i++) {
		k = 32 * i - bits;
		if (k > 0)
			key[i] = k < 32 ? key[i] >> k << k : 0;
	}
	for (i = 0; i < 5; i++)
		end[i] = key[i];
	i = (bits + 31) / 32;
	end[i] += (unsigned long)1L << (32 * i - bits);
	for (; i > 0 && (end[i] & 0xffffffffL) == 0; i--) {
		end[i] = 0;
		end[i - 1]++;
	}
}

/* A rule hides what was painted where it matches. */
static void
range_paint(struct range *r, int *n, struct rule *y)
{
	unsigned long key[5], end[5];
	int from, to;

	range_ends(&y->net, y->bits, key, end);
	from = y->net.family == 0 ? 0 : range_cut(r, n, key);
	to = y->net.family == 0 ? *n : range_cut(r, n, end);
	r[from].verdict = y->allow ? V_ALLOW : V_DENY;
	mem_move((char *)&r[from + 1], (char *)&r[to],
	    (unsigned)((*n - to) * (int)sizeof *r));
	*n -= to - from - 1;
}

/* Paint these rules, behind the rows in use: returns how many are by then. */
static int
rule_paint(struct list *list, int used, int at, int n)
{
	struct range *r;

	list->from = used;
	list->n = list->allows = 0;
	if (n == 0)
		return used;
	r = rule.range + used;
	mem_zero(r, sizeof *r);
	r->verdict = V_NONE;
	list->n = 1;
	while (n-- > 0) {
		range_paint(r, &list->n, &rules[at + n]);
		list->allows |= rules[at + n].allow;
	}
	return used + list->n;
}

/* Paint all. */
static void
rule_paint_all(void)
{
	struct plug *p;
	int i, used;

	used = rule_paint(&rule.list[MAXPLUG], 0, 0,
	    HAVE_FILE ? rule.base : 0);
	for (i = 0; i < NPLUG; i++) {
		p = PLUG_AT(i);
		used = rule_paint(&rule.list[p - plugs], used, p->rule,
		    p->nrule);
	}
	rule.painted = 1;
}

/* What the list says of the client: V_... */
static int
rule_verdict(struct list *list, unsigned long *key)
{
	struct range *r;

	if (list->n == 0)
		return V_NONE;
	r = rule.range + list->from;
	return r[range_find(r, list->n, key)].verdict;
}

/* True when the plug admits the client: its own rules come first. */
static int
rule_admits(struct plug *p, struct addr *client)
{
	struct list *mine, *base;
	unsigned long key[5];
	int v;

	if (!rule.painted)
		rule_paint_all();
	mine = &rule.list[p - plugs];
	base = &rule.list[MAXPLUG];
	if (mine->n + base->n == 0)
		return 1;
	range_key(client, key);
	v = rule_verdict(mine, key);
	if (v == V_NONE)
		v = rule_verdict(base, key);
	return v == V_NONE ? !mine->allows && !base->allows : v;
}
#else
/* The first of n rules that matches, or 0; *allows when any of them does. */
static struct rule *
rule_first(struct rule *r, int n, struct addr *client, int *allows)
{
	for (; n > 0; n--, r++) {
		if (rule_matches(&r->net, r->bits, client))
			return r;
		*allows |= r->allow;
	}
	return (struct rule *)0;
}

/* True when the plug admits the client: its own rules come first. */
static int
rule_admits(struct plug *p, struct addr *client)
{
	struct rule *r;
	int allows;

	allows = 0;
	r = rule_first(rules + p->rule, p->nrule, client, &allows);
	if (HAVE_FILE && r == (struct rule *)0)
		r = rule_first(rules, rule.base, client, &allows);
	return r != (struct rule *)0 ? r->allow : !allows;
}
#endif

/*
 * GUEST: which clients this process serves, by plug, for -M.  A chain for
 * each hash makes that cheap; where there are few rows, they are looked
 * through.  Other processes read it, and believe nothing: a chain may be
 * torn.
 *
 * A client counts from the moment that he is admitted until his session's row
 * is freed; one that is looked at again for a while counts under the plug's
 * id with all bits turned over, beside those that are served.
 *
 * Calls: addr.
 */

#if GUESTSETS > 1
/* The row comes first in the chain of its client. */
static void
guest_link(int i, struct addr *client)
{
	struct guest *g;
	int *head;

	g = &GUESTS->row[i];
	head = &GUESTS->head[addr_hash(client) % GUESTSETS];
	g->next = *head;
	g->back = 0;
	if (g->next > 0)
		GUESTS->row[g->next - 1].back = i + 1;
	*head = i + 1;
}

/* And leaves it, wherever it stands: many may be of one client. */
static void
guest_unlink(int i)
{
	struct guest *g;

	g = &GUESTS->row[i];
	if (g->next > 0)
		GUESTS->row[g->next - 1].back = g->back;
	if (g->back > 0)
		GUESTS->row[g->back - 1].next = g->next;
	else
		GUESTS->head[addr_hash(&g->client) % GUESTSETS] = g->next;
}

/* How often one process serves the client at this id. */
static long
guest_count(struct guests *gs, int id, struct addr *client)
{
	struct guest *g;
	long n, steps;
	int i;

	n = 0L;
	i = gs->head[addr_hash(client) % GUESTSETS];
	for (steps = 0L; i > 0 && i <= MAXGUEST && steps < MAXGUEST; steps++) {
		g = &gs->row[i - 1];
		n += g->plug == id && addr_same(&g->client, client);
		i = g->next;
	}
	return n;
}
#else
#define guest_link(i, client) (void)0
#define guest_unlink(i) (void)0

/* How often the client is served: few rows need no chains. */
static long
guest_count(struct guests *gs, int id, struct addr *client)
{
	long n;
	int i;

	n = 0L;
	for (i = 0; i < MAXGUEST; i++)
		n += gs->row[i].plug == id &&
		    addr_same(&gs->row[i].client, client);
	return n;
}
#endif

/* A client is served in this row. */
static void
guest_add(int i, int id, struct addr *client)
{
	GUESTS->row[i].client = *client;
	GUESTS->row[i].plug = id;
	guest_link(i, client);
}

/* Nobody is served in this row any more; of -F's children nobody asks that. */
static void
guest_drop(int i)
{
	if (IS_CHILD)
		return;
	if (GUESTS->row[i].client.family != 0)
		guest_unlink(i);
	GUESTS->row[i].client.family = 0;
}

/*
 * TARGET: who lives and who is dead, in one word for each slot of shared
 * memory.
 *
 * A target dies when a session or its probes fail there, and serves nobody
 * until its retry time is over.  Then one session is its trial: that one goes
 * there, and by its outcome the target is back or dead for another while. The
 * word is then the process id of who holds the trial, below 0: whoever dies
 * with a trial in his hands gives it back, by the first process.  With -F the
 * forker takes the trial and hands it to the child.
 *
 * Calls: self text addr.
 */

/* A handshake does not prove that it lives: its probes ask for more. */
#define PROBED(p, t) (HAVE_CHECK && (p)->check > 0L && \
	(targets[t].send != (char *)0 || targets[t].expect != (char *)0 || \
	targets[t].check.port != 0))

/* A session may go to it: it lives, or its time for a trial has come. */
static int
target_usable(struct plug *p, int t)
{
	struct health *h;

	h = &sh->health[SLOT_OF(t)];
	return h->state == H_ALIVE || (h->state == H_DEAD &&
	    p->retry != NEVER && !PROBED(p, t) &&
	    elapsed(&h->since, p->retry));
}

/*
 * The row of a plug's target in this slot, or -1.  A plug of a file that was
 * read again has other rows than the file's of now: it looks for it.
 */
static int
target_row(struct plug *p, int slot)
{
	int t;

	t = HAVE_FILE && slot >= 0 && slot < MAXTARGET ? ROW_OF(slot) : slot;
	if ((unsigned)(t - p->target) < (unsigned)p->ntarget &&
	    SLOT_OF(t) == slot)
		return t;
	for (t = p->target; HAVE_FILE && t < p->target + p->ntarget; t++)
		if (SLOT_OF(t) == slot)
			return t;
	return -1;
}

/* Sessions at a target now, in all processes. */
static long
target_load(int t)
{
	long n;
	int i, slot;

	slot = SLOT_OF(t);
	n = 0L;
	for (i = self_used(NTRAFFIC - 1); i >= 0 && !IS_CHILD; i--)
		n += (long)ALL_TRAFFIC[i * MAXTARGET + slot].live;
	for (i = IS_CHILD ? self_used(MAXCHILD) : child.top; i > 0; i--)
		n += sh->tally[i].aim == slot + 1;
	return n;
}

/* It is below its max, if it has one. */
static int
target_room(int t)
{
	return targets[t].max == 0L || target_load(t) < targets[t].max;
}

#if HAVE_STATUS
/* Seconds since it died or came back; others' clocks may be ahead of now. */
static long
target_since(struct health *h)
{
	long s;

	s = now.sec - h->changed.sec;
	return s > 0L ? s : 0L;
}

/* It has died or come back just now. */
static void
target_changed(struct health *h)
{
	h->changed = now;
}

/* Processes may count at the same time. */
static void
target_failed(struct health *h)
{
	long n;

	do
		n = h->failures;
	while (!word_swap(&h->failures, n, n + 1L));
	h->met = 1;
}

/* The target in this slot has been tried. */
static void
target_met(int slot)
{
	if (sh->health[slot].met)
		return;
	news_tell(N_MET, slot, 0, (struct addr *)0);
	sh->health[slot].met = 1;
}

/* Why it is about to be dead: some words, and a number if that is above 0. */
static void
target_why(int slot, char *reason, int code)
{
	struct text t;

	text_start(&t, sh->health[slot].why, MAXWHY);
	put_str(&t, reason);
	if (code > 0)
		put_field(&t, " ", (unsigned long)code);
}
#else
#define target_since(h) 0L
#define target_changed(h) (void)0
#define target_failed(h) (void)0
#define target_met(slot) (void)0
#define target_why(slot, reason, code) (void)0
#endif

/* The target in this slot answered.  True when it was dead. */
static int
target_alive(int slot)
{
	struct health *h;

	h = &sh->health[slot];
	if (h->state == H_ALIVE)
		return 0;
	news_tell(N_ALIVE, slot, 0, (struct addr *)0);
	h->state = H_ALIVE;
	target_changed(h);
	return 1;
}

/* It failed.  True when it lived, in one process only. */
static int
target_dead(int slot)
{
	struct health *h;

	news_tell(N_DEAD, slot, 0, (struct addr *)0);
	h = &sh->health[slot];
	h->since = now;
	target_failed(h);
	if (!word_swap(&h->state, (long)H_ALIVE, (long)H_DEAD)) {
		h->state = H_DEAD;
		return 0;
	}
	target_changed(h);
	return 1;
}

/* A trial ended without an outcome: the next session makes it. */
static void
target_release(int slot)
{
	if (!H_TRIAL(&sh->health[slot]))
		return;
	news_tell(N_RELEASE, slot, 0, (struct addr *)0);
	sh->health[slot].state = H_DEAD;
}

/* That process has our trial now, if it has not decided it already. */
static void
target_hand(int slot, long who)
{
	(void)word_swap(&sh->health[slot].state, -(long)getpid(), -who);
}

/* A process died: so did its trials. */
static void
target_orphan(long who)
{
	int slot;

	for (slot = 0; slot < MAXTARGET; slot++)
		if (sh->health[slot].state == -who)
			(void)word_swap(&sh->health[slot].state, -who,
			    (long)H_DEAD);
}

/* Where a target is: family 0 for a name without an address. */
static struct addr *
target_at(struct target *g)
{
	int slot;

	if (!NAMED(g))
		return &g->at;
	slot = SLOT_OF((int)(g - targets));
	return &sh->found[slot][(int)sh->which[slot]];
}

#if HAVE_CHECK
/* Where a target at this address is probed: there, or elsewhere. */
static void
target_check(struct target *g, struct addr *at)
{
	if (g->check.family != 0)
		*at = g->check;
	else if (g->check.port != 0)
		at->port = g->check.port;
}
#else
#define target_check(g, at) (void)0
#endif

/* A target, with this port where it has none of its own. */
static void
put_target(struct text *t, struct target *g, unsigned port)
{
	struct addr at;

	at = g->at;
	if (at.port == 0)
		at.port = port;
	if (g->name == (char *)0)
		put_addr(t, &at);
	else
		put_str(t, g->name);
	if (g->name != (char *)0 && at.family != UNIX)
		put_field(t, ":", (unsigned long)at.port);
}

/*
 * PICK: the next target of a plug for a session that has tried some.  Targets
 * of the first rank that has any are gathered, in turn from where the last
 * one stood; then the plug's own way chooses among them.  The ranks are:
 * those that live, backups that live, the dead, dead backups.
 *
 * A new way to choose is a B_ number, its name here, a function that returns
 * a place in the pool, and a case in pick_choose(); parser, errors, usage
 * text and page take the name from here.
 *
 * Owns: the targets gathered.
 * Calls: text addr target.
 */

/* The ways, by B_... */
static char *balance_names[] = {
	"cycle", "first", "least", "random", "hash"
};
#define WAYS ((int)(sizeof balance_names / sizeof balance_names[0]))

#define TRIED(tried, t) ((tried)[(t) / 8] >> (t) % 8 & 1)

static struct {
	int n;
	short pool[MAXTARGET];	/* rows to choose from, in turn */
} pick;

/*
 * Fill the pool from so many rows of targets, from this one on and round, with
 * those that the session has not tried, and with no more than are asked for:
 * of the first rank that has any: 1 those that live, 2 backups that live, 3
 * the dead, 4 dead backups.  Returns the rank, or T_FULL when all of it are at
 * their max.
 */
static int
pick_gather(struct plug *p, unsigned char *tried, int from, int n, int most)
{
	int i, t, rank, full;

	full = 0;
	pick.n = 0;
	for (rank = 0; rank < 4 && pick.n == 0 && !full; rank++)
		for (i = 0, t = from; i < n && pick.n < most; i++, t++) {
			if (t == p->target + p->ntarget)
				t = p->target;
			if (targets[t].drain || TRIED(tried, t) ||
			    targets[t].backup != (rank & 1) ||
			    (rank < 2 && !target_usable(p, t)))
				continue;
			if (target_room(t))
				pick.pool[pick.n++] = (short)t;
			else
				full = 1;
		}
	return pick.n > 0 ? rank : full ? T_FULL : T_NONE;
}

/* The same from all targets, in turn from where the last one stood. */
static int
pick_gather_all(struct plug *p, unsigned char *tried, int most)
{
	return pick_gather(p, tried, p->target + (p->balance == B_FIRST ? 0 :
	    sh->rotor[p->id] % p->ntarget), p->ntarget, most);
}

/*
 * Weighted turns.  A round has a level for each unit of the greatest weight,
 * downwards; a target with weight w has its turn in the last w of them.
 */
static int
pick_cycle(struct plug *p)
{
	long most, level;
	int i, last;

	most = 0L;
	for (i = 0; i < pick.n; i++)
		if (targets[pick.pool[i]].weight > most)
			most = targets[pick.pool[i]].weight;
	level = (long)sh->level[p->id];
	last = p->target + sh->rotor[p->id];
	for (i = 0; ; i = (i + 1) % pick.n) {
		if (pick.pool[i] < last)
			level--;
		last = pick.pool[i];
		if (level < 1L || level > most)
			level = most;
		if (targets[last].weight >= level)
			break;
	}
	sh->level[p->id] = (int)level;
	return i;
}

/* The fewest sessions, and this one, for its weight; equals take turns. */
static int
pick_least(void)
{
	long load, least;
	int i, best;

	best = 0;
	least = 0L;
	for (i = 0; i < pick.n; i++) {
		load = target_load(pick.pool[i]) + 1L;
		if (i == 0 || load * targets[pick.pool[best]].weight <
		    least * targets[pick.pool[i]].weight) {
			best = i;
			least = load;
		}
	}
	return best;
}

/* By chance: each in turn takes the place with its share of the sum so far. */
static int
pick_random(void)
{
	static unsigned long dice;
	unsigned long sum, weight;
	int i, best;

	dice += (unsigned long)now.usec + (unsigned long)getpid();
	sum = 0;
	best = 0;
	for (i = 0; i < pick.n; i++) {
		weight = (unsigned long)targets[pick.pool[i]].weight;
		sum += weight;
		dice = hash_mix(dice + 0x9e3779b9L);
		if (dice % sum < weight)
			best = i;
	}
	return best;
}

/* What a target is to hash: its address, or its name. */
static unsigned long
pick_hash(struct target *g)
{
	unsigned long h;
	char *s;

	h = addr_hash(&g->at) + g->at.port;
	for (s = g->name; s != (char *)0 && *s != '\0'; s++)
		h = hash_mix(h + (unsigned long)(*s & 0377));
	return h;
}

/*
 * Rendezvous hashing: a client belongs to the target with which it has the
 * highest number; one with weight w has w numbers.  When a target goes only
 * its own clients move.
 */
static int
pick_rendezvous(struct addr *client)
{
	unsigned long h, high, seed, who;
	long k;
	int i, best;

	who = addr_hash(client);
	high = 0;
	best = 0;
	for (i = 0; i < pick.n; i++) {
		seed = targets[pick.pool[i]].seed;
		for (k = targets[pick.pool[i]].weight; k > 0L; k--) {
			seed = hash_mix(seed + 0x9e3779b9L);
			h = hash_mix(seed ^ who);
			if (h > high) {
				high = h;
				best = i;
			}
		}
	}
	return best;
}

#if HAVE_LONG
/* Their names, behind this word, the last of them behind that. */
static void
put_ways(struct text *t, char *front, char *last)
{
	int i;

	for (i = 0; i < WAYS; i++) {
		put_str(t, i == 0 ? front : i == WAYS - 1 ? last : ", ");
		put_str(t, balance_names[i]);
	}
}
#else
#define put_ways(t, front, last) (void)0
#endif

/* A place in the pool, by the plug's own way. */
static int
pick_choose(struct plug *p, struct addr *client)
{
	switch (p->balance) {
	case B_CYCLE:
		return pick_cycle(p);
	case B_LEAST:
		return pick_least();
	case B_RANDOM:
		return pick_random();
	case B_HASH:
		return pick_rendezvous(client);
	}
	return 0;
}

/*
 * Choose t: it is tried by this session, and on trial for all if it is dead.
 * False when another process was quicker with that; but last says that there
 * is no other choice.
 */
static int
pick_take(int t, unsigned char *tried, int last)
{
	struct health *h;

	h = &sh->health[SLOT_OF(t)];
	if (h->state != H_ALIVE) {
		if (!word_swap(&h->state, (long)H_DEAD, -(long)getpid()) &&
		    !last)
			return 0;
	}
	tried[t / 8] = (unsigned char)(tried[t / 8] | 1 << t % 8);
	return 1;
}

#if MAXTARGET > 16
/*
 * Many targets are not all looked at where one is enough: for who asks if
 * there is any, where the next in turn is taken, whatever stands behind it,
 * and where memory has one that is well.
 */
#define PICK_ONE 1
#define PICK_MOST(p) ((p)->balance == B_FIRST || \
	((p)->balance == B_CYCLE && (p)->even) ? PICK_ONE : MAXTARGET)

/* The hinted target is as good as any, and is chosen: nothing is gathered. */
static int
pick_hinted(struct plug *p, int hint, unsigned char *tried)
{
	return hint >= 0 && pick_gather(p, tried, hint, 1, 1) == 1 &&
	    pick_take(hint, tried, 0);
}
#else
#define PICK_ONE MAXTARGET
#define PICK_MOST(p) MAXTARGET
#define pick_hinted(p, hint, tried) 0
#endif

/*
 * The plug's next target for a session of this client that has tried some:
 * the hinted one (from sticky, or -1) if it is as good as any, else one by
 * the plug's own way; or T_NONE, T_FULL.
 */
static int
pick_target(struct plug *p, struct addr *from, int hint, unsigned char *tried)
{
	int i, rank;

	if (pick_hinted(p, hint, tried))
		return hint;
	for (;;) {
		rank = pick_gather_all(p, tried, hint < 0 ? PICK_MOST(p) :
		    MAXTARGET);
		if (rank < 0)
			return rank;
		for (i = 0; i < pick.n && pick.pool[i] != hint; i++)
			continue;
		if (i == pick.n) {
			i = pick_choose(p, from);
			sh->rotor[p->id] = pick.pool[i] - p->target + 1;
		}
		if (pick_take(pick.pool[i], tried, rank > 2))
			return pick.pool[i];
	}
}

/* All that it could have now are at their max. */
static int
pick_full(struct plug *p)
{
	static unsigned char none[(MAXTARGET + 7) / 8];

	return p->capped && pick_gather_all(p, none, PICK_ONE) == T_FULL;
}

/*
 * STICKY: which target a client had last, for -f.  Set-associative, without
 * links, so that a torn entry is only a forgotten client.  A full bucket
 * forgets its oldest entry.
 *
 * An entry counts for so many seconds from the client's last connection, by
 * the plug's -t of then; the target may be dead or gone by now, and is then
 * no more than a hint that does not hold.
 *
 * Calls: self addr target.
 */

/* Where a client's entry stands, if anywhere. */
static struct sticky *
sticky_bucket(struct addr *client)
{
	return sh->sticky[addr_hash(client) % STICKYSETS];
}

/* An entry counts while it is in range and in its time. */
static int
sticky_valid(struct sticky *e)
{
	return e->client.family != 0 && e->seen.sec >= 0L &&
	    e->seen.sec <= now.sec + 1 && !elapsed(&e->seen, e->keep);
}

/* It is this client's at this plug. */
static int
sticky_same(struct plug *p, struct sticky *e, struct addr *client)
{
	return (!HAVE_FILE || e->plug == p->id) &&
	    addr_same(&e->client, client);
}

/* The client's target at this plug, or -1. */
static int
sticky_find(struct plug *p, struct addr *client)
{
	struct sticky *e;
	int i, t;

	t = -1;
	e = sticky_bucket(client);
	for (i = 0; i < STICKYWAYS && t < 0; i++, e++)
		if (sticky_same(p, e, client) && sticky_valid(e))
			t = target_row(p, e->slot);
	return t;
}

/* The client has the target in this slot from now on. */
static void
sticky_keep(struct plug *p, struct addr *client, int slot)
{
	struct sticky *e, *best;
	int i;

	news_tell(N_KEEP, slot, (int)(p - plugs), client);
	e = best = sticky_bucket(client);
	for (i = 0; i < STICKYWAYS; i++, e++) {
		if (sticky_same(p, e, client)) {
			best = e;
			break;
		}
		if (!sticky_valid(best))
			continue;
		if (!sticky_valid(e) || e->seen.sec < best->seen.sec)
			best = e;
	}
	best->client = *client;
	best->plug = p->id;
	best->slot = slot;
	best->seen = now;
	best->keep = p->remember;
}

/*
 * POOL: blocks and kernel pipes.  Both hand out what was given back last (it
 * is warm), and grow until their table is full.
 *
 * A session has neither while nothing is in flight: memory grows with the
 * directions that are blocked, not with sessions.
 *
 * Bytes left in a pipe belong to a session that has ended: such a pipe is
 * closed, never lent again.
 *
 * Owns: the blocks, the pipes, and one block for bytes that nobody keeps.
 * Calls: nothing.
 */

static struct block blocks[MAXBUF + 1];
#define SCRATCH blocks[MAXBUF].byte	/* for bytes that are not kept */

static struct kpipe kpipes[KPIPES > 0 ? KPIPES : 1];

static struct {
	int block;	/* the first free block, or -1 */
	int blocks;	/* ever used */
	int pipe, pipes;	/* likewise; the free ones are open */
	int shut;	/* the first that was open and is not, or -1 */
	int most;	/* there are descriptors for so many */
	long rests;	/* up to this second the system is not asked */
} pool = { -1, 0, -1, 0, -1, KPIPES, 0 };

/* A block, or -1. */
static int
block_get(void)
{
	int b;

	b = pool.block;
	if (b >= 0)
		pool.block = blocks[b].next;
	else if (pool.blocks < MAXBUF)
		b = pool.blocks++;
	return b;
}

/* Give it back; it is the first to be lent again. */
static void
block_put(int b)
{
	blocks[b].next = pool.block;
	pool.block = b;
}

/*
 * Give a pipe back.  One with bytes in it is closed, since they must never
 * reach another session.
 */
static void
kpipe_put(int k, int empty)
{
	int *list;

	list = empty ? &pool.pipe : &pool.shut;
	if (!empty) {
		(void)sys_close(kpipes[k].fd[0]);
		(void)sys_close(kpipes[k].fd[1]);
	}
	kpipes[k].next = *list;
	*list = k;
}

/*
 * Open one more: its row, or -1.  A system that refuses, as when a user has
 * filled all the pipes that it lets him have, is asked again a second later.
 */
static int
kpipe_new(void)
{
	int k;

	k = pool.shut;
	if (k < 0)
		k = pool.pipes;
	if (k >= pool.most || now.sec <= pool.rests)
		return -1;
	if (pipe_open(kpipes[k].fd) < 0) {
		pool.rests = now.sec + 1L;
		return -1;
	}
	if (k == pool.shut)
		pool.shut = kpipes[k].next;
	else
		pool.pipes++;
	return k;
}

/* An empty kernel pipe, or -1. */
static int
kpipe_get(void)
{
	int k;

	k = pool.pipe;
	if (k < 0)
		return kpipe_new();
	pool.pipe = kpipes[k].next;
	return k;
}

/* Descriptors are short: those of idle pipes are given back, if any are. */
#if KPIPES > 0 && !FRUGAL
static int
kpipe_spare(void)
{
	int k, n;

	for (n = 0; (k = pool.pipe) >= 0; n++) {
		pool.pipe = kpipes[k].next;
		kpipe_put(k, 0);
		pool.rests = now.sec;
	}
	return n > 0;
}
#else
#define kpipe_spare() 0
#endif

/* At most so many pipes: there are few descriptors. */
static void
kpipe_limit(long most)
{
	pool.most = most < (long)KPIPES ? (int)most : KPIPES;
}

/*
 * SIDE: one of the two peers of a session: its descriptor, how its stream
 * goes, and what it holds for the other one.
 *
 * Bytes wait in a block, or in a kernel pipe, never in both.  Bytes that were
 * sent while they were only looked at are owed: they are read before any
 * other.
 *
 * Calls: pool.
 */

/* A side with this descriptor, or without one yet: -1. */
static void
side_start(struct side *a, int fd)
{
	mem_zero(a, sizeof *a);
	a->fd = fd;
	a->block = a->pipe = -1;
}

/* Forget what a side holds for the other. */
static void
side_drop(struct side *a)
{
	if (a->block >= 0)
		block_put(a->block);
	if (a->pipe >= 0)
		kpipe_put(a->pipe, a->piped == 0L);
	a->block = a->pipe = -1;
	a->len = 0;
	a->piped = 0L;
	a->stuck = 0;
}

#if HAVE_RING
#define ring_leave(a) ((a)->waits = 0)
#else
#define ring_leave(a) (void)0
#endif

/* Whatever it holds is lost, too; the other side goes on. */
static void
side_close(struct side *a)
{
	side_drop(a);
	if (a->fd >= 0) {
		ev_drop(a->fd);
		(void)sys_close(a->fd);
	}
	a->fd = -1;
	ring_leave(a);
}

/*
 * Read what was taken by peeking already.  Positive when none of it is left
 * and more may be read in this turn; else what read() said.
 */
static long
side_pay(struct side *a)
{
	long n;
	int owed;

	owed = a->owed;
	while (a->owed > 0) {
		n = sock_get(a->fd, SCRATCH, (unsigned)a->owed);
		if (n <= 0L)
			return n;
		a->owed -= (int)n;
	}
	if (owed == 0 || SPECULATE)
		return 1L;
	errno = EAGAIN;
	return -1L;
}

/* Bytes are on their way from this side to the other. */
static int
side_holds(struct side *a)
{
	return a->len > 0 || a->piped > 0L;
}

/* Its stream was cut, even if bytes before that are still to be read. */
static int
side_cut(struct side *a)
{
	return a->doomed || a->end == E_RESET;
}

/*
 * There is more to learn of side a.  Nobody takes its bytes once the other
 * stream was cut; but if its own was, too, that is to be seen.
 */
static int
side_reads(struct side *a, struct side *b)
{
	return a->end == E_OPEN && (a->doomed || !side_cut(b));
}

/*
 * RECORD: what is written of one session: its line in the session log, those
 * of -l, and the one of the roll, which SIGUSR2 and -s ask for.
 *
 * Its number joins what is written of a session: processes that share memory
 * give none twice.  What is not 2.5.5's stands behind what is, as word=value.
 *
 *	-S		a line at its end, of what 2.5.5 had in it
 *	-l		"Connect from" when its target is reached, "Complete"
 *	-ll		both with port= and session=, the last with all else
 *	SIGUSR2		session= first: what it is and does just now
 *	GET /sessions	the same, where the status is a unix socket
 *
 * Calls: text addr log slog target.
 */

/* The port at its target: that of its listener if the user gave none. */
static unsigned
session_port(struct session *s)
{
	unsigned port;

	port = targets[s->target].at.port;
	return port != 0 ? port : listeners[s->listener].at.port;
}

/* Its target as the logs have it. */
static void
session_target(struct text *t, struct session *s)
{
	put_target(t, &targets[s->target], session_port(s));
}

#if HAVE_ROLL
#define MAXNUMBER 999999999L

/* A new session gets the next number. */
static void
record_number(struct session *s)
{
	long n;

	do
		n = sh->number;
	while (!word_swap(&sh->number, n, n < MAXNUMBER ? n + 1L : 1L));
	s->number = n < MAXNUMBER ? n + 1L : 1L;
}

/* -ll: what both lines of a session have. */
static void
record_mark(struct text *t, struct session *s)
{
	if (conf.log < 2L)
		return;
	put_field(t, " port=", (unsigned long)s->peer.port);
	put_field(t, " session=", (unsigned long)s->number);
}

/* Its client. */
static void
record_client(struct text *t, struct session *s)
{
	put_str(t, " client=");
	if (s->peer.family == UNIX)
		put_ip(t, &s->peer);
	else
		put_addr(t, &s->peer);
}

/* Both its peers, and the bytes that they have sent. */
static void
record_peers(struct text *t, struct session *s)
{
	record_client(t, s);
	put_str(t, " target=");
	if (s->target < 0)
		put_char(t, '-');
	else
		session_target(t, s);
	put_str(t, " in=");
	put_count(t, &s->side[CLIENT].n);
	put_str(t, " out=");
	put_count(t, &s->side[TARGET].n);
}

/*
 * The last line's end: all of it with -ll; else the client, if no other line
 * has named it: the session has reached nothing.
 */
static void
record_more(struct text *t, struct session *s)
{
	record_mark(t, s);
	if (conf.log > 1L) {
		record_peers(t, s);
		put_str(t, " duration=");
		put_since(t, &s->born);
	} else if (s->state == S_CONNECT || s->state == S_HELLO ||
	    s->state == S_ROOM)
		record_client(t, s);
}

/* What the roll has of it, behind its number. */
static void
record_roll(struct text *t, struct session *s)
{
	static char *states[] = {
		"free", "connect", "hello", "relay", "linger", "room", "child"
	};

	put_field(t, "session=", (unsigned long)s->number);
	record_peers(t, s);
	put_str(t, " state=");
	put_str(t, s->waits ? "wait" : states[s->state]);
	put_field(t, " age=", (unsigned long)(now.sec - s->born.sec));
	if (s->state != S_CHILD)
		put_field(t, " idle=",
		    (unsigned long)(now.sec - s->moved.sec));
}
#else
#define record_number(s) (void)0
#define record_mark(t, s) (void)0
#define record_more(t, s) (void)0
#endif

/* The session line: see SESSION LOG in plug.1. */
static void
record_line(struct session *s)
{
	struct listener *l;
	struct text *t;

	l = &listeners[s->listener];
	t = slog_start();
	put_when(t);
	if (l->path != (char *)0)
		put_str(t, l->path);
	else if (l->tagged)
		put_addr(t, &l->at);
	else
		put_num(t, (unsigned long)l->at.port);
	put_char(t, ' ');
	put_ip(t, &s->peer);
	put_char(t, ' ');
	if (s->target < 0)
		put_char(t, '-');
	else
		session_target(t, s);
	put_char(t, ' ');
	put_count(t, &s->side[CLIENT].n);
	put_char(t, ' ');
	put_count(t, &s->side[TARGET].n);
	put_char(t, ' ');
	put_since(t, &s->born);
	slog_add();
}

/* The line of -l, at its end. */
static void
record_complete(struct session *s)
{
	struct text *t;

	t = log_start(&listeners[s->listener]);
	put_str(t, "Complete");
	if (s->status != END_OK)
		put_field(t, ", status=", (unsigned long)s->status);
	put_char(t, '.');
	record_more(t, s);
	log_end(TO_SYSLOG, LOG_LEVEL_NOTICE);
}

/*
 * SESSION: begin, end, what is wanted of its descriptors, deadlines.
 *
 * A direction is watched for reading while its bytes have somewhere to go,
 * and its other end for writing while something is held for it: both follow
 * from the state, in session_want() alone.  What is not watched can die
 * unseen; so the sweep looks at such sides, once a second.
 *
 * A row that was freed rests until the next wait: an event for what it was
 * may still be on its way.
 *
 * Deadlines count from the last byte that moved, or from the connect: -C
 * while a target or a proxy is waited for, LINGERSECS while nobody takes what
 * is left, else -T.  A session ends with a status, and whatever but END_OK
 * resets both peers: neither takes a stream that was cut for a whole one.
 *
 * Owns: the lists of free rows, the number of sessions.
 * Calls: self log guest target side record.
 */

#define PAUSEMS 50L		/* memory that was short is asked for anew */

static struct {
	int free;	/* rows that ended before this turn: row + 1 */
	int rest;	/* rows that ended in it */
	int top;	/* rows ever used */
	int live;
	int limit;	/* at once, in this process */
	int timed;	/* those that the sweep looks at */
	int pauses;	/* some wait for the system's memory */
	struct stamp swept;	/* the last sweep, or as if it had been */
	int status;	/* of the last one that ended */
} session;

/* Its row: the number that events and guests have. */
static int
session_id(struct session *s)
{
	return (int)(s - sessions);
}

/* A row for an admitted client; session_room() said that there is one. */
static struct session *
session_new(int fd, int listener, int which, struct addr *peer)
{
	struct session *s;

	if (session.free > 0) {
		s = &sessions[session.free - 1];
		session.free = s->next;
	} else
		s = &sessions[session.top++];
	mem_zero(s, sizeof *s);
	side_start(&s->side[CLIENT], fd);
	side_start(&s->side[TARGET], -1);
	s->listener = listener;
	s->plug = which;
	s->target = -1;
	s->peer = *peer;
	s->born = now;
	s->moved = now;
	record_number(s);
	session.live++;
	return s;
}

/* The session has this target now, or none: -1. */
static void
session_aim(struct session *s, int t)
{
	if (s->aimed)
		TRAFFIC[SLOT(s)].live--;
	s->aimed = t >= 0;
	if (t >= 0) {
		s->target = t;
		if (HAVE_CHECK)
			s->cuts = sh->cuts[SLOT(s)];
		TRAFFIC[SLOT(s)].live++;
	}
	if (!IS_CHILD)
		return;
	if (t >= 0 || self.mine->aim > 0)
		self.mine->aim = t >= 0 ? SLOT(s) + 1 : -self.mine->aim;
	news_tell(N_COUNT, 0, self.row, (struct addr *)0);
}

#if HAVE_STATUS
/* It waits for a target below its max, or does not any more. */
static void
session_waits(struct session *s, int on)
{
	self.mine->waits += (unsigned long)(long)(on - s->waits);
	s->waits = on;
}
#define session_left(s) session_waits(s, 0)
#else
#define session_waits(s, on) (void)((s)->waits = (on))
#define session_left(s) (void)0
#endif

/* It waits for no time and no look any more. */
static void
session_untime(struct session *s)
{
	session.timed -= s->timed;
	s->timed = 0;
}

/*
 * Free the row, without a word; it rests until the next wait.  It counts
 * nowhere any more when its client can know that.
 */
static void
session_forget(struct session *s)
{
	self.mine->live--;
	sh->live[self.row][PLUG(s)->id]--;
	guest_drop(session_id(s));
	session_left(s);
	session_aim(s, -1);
	side_close(&s->side[CLIENT]);
	side_close(&s->side[TARGET]);
	session_untime(s);
	s->state = S_FREE;
	s->next = session.rest;
	session.rest = session_id(s) + 1;
	session.live--;
}

/* At most so many at once. */
static void
session_fit(int n)
{
	session.limit = n;
}

/* A child of -F has this one, and nothing of the others'. */
static void
session_alone(struct session *s)
{
	struct session *o;

	session.live = 1;
	for (o = sessions; o < sessions + session.top; o++)
		if (o != s && o->side[CLIENT].fd >= 0) {
			o->state = S_FREE;
			side_close(&o->side[CLIENT]);
			side_close(&o->side[TARGET]);
		}
}

/* There is a row that can be used now. */
static int
session_room(void)
{
	return session.free > 0 || session.top < MAXSESSION;
}

/* Rows that ended in the last turn can be used: no event names them now. */
static void
session_rested(void)
{
	struct session *s;
	int next;

	while (session.rest > 0) {
		s = &sessions[session.rest - 1];
		next = s->next;
		s->next = session.free;
		session.free = session.rest;
		session.rest = next;
	}
}

/* A child of -F has this one, and has counted so much of it. */
static void
session_fold(struct session *s, struct tally *c)
{
	int t;

	t = target_row(PLUG(s), tally_slot(c));
	if (t >= 0)
		s->target = t;
	s->side[CLIENT].n = c->in;
	s->side[TARGET].n = c->out;
}

#if HAVE_STATUS
/* So many bytes of side i are on their way. */
static void
session_count(struct session *s, int i, unsigned long n)
{
	struct traffic *y;

	y = &TRAFFIC[SLOT(s)];
	count_add(i == CLIENT ? &self.mine->in : &self.mine->out, n);
	count_add(i == CLIENT ? &y->in : &y->out, n);
}

/* It ends: it is counted. */
static void
session_tally(struct session *s)
{
	self.mine->served++;
	self.mine->failed += s->status != END_OK;
	if (s->state == S_CONNECT || s->state == S_HELLO)
		count_sum(&self.mine->in, &s->side[CLIENT].n);
	if (s->target >= 0)
		TRAFFIC[SLOT(s)].served++;
}
#else
#define session_count(s, i, n) (void)0

/* It ends: it is counted. */
static void
session_tally(struct session *s)
{
	self.mine->served++;
	self.mine->failed += s->status != END_OK;
	count_sum(&self.mine->in, &s->side[CLIENT].n);
	count_sum(&self.mine->out, &s->side[TARGET].n);
}
#endif

/*
 * The session is over.  Whatever but END_OK is a reset for both peers, so
 * that neither takes a stream that was cut for a whole one; and so it is for
 * one that could not be given all that the other has sent.
 */
static void
session_end(struct session *s, int status)
{
	int i;

	s->status = session.status = status;
	log_debug(1, "ends with status", session_id(s), (long)status);
	if (s->trial)
		target_release(SLOT(s));
	session_tally(s);
	if (conf.sessions != (char *)0)
		record_line(s);
	if (conf.log)
		record_complete(s);
	for (i = 0; i < 2; i++)
		if (s->side[i].fd >= 0 &&
		    (status != END_OK || s->side[!i].flow == F_LOST))
			(void)sock_option(s->side[i].fd, OPT_RESET);
	session_forget(s);
}

/*
 * What is wanted of side i: the one place where events are derived from
 * state.
 */
static int
session_want(struct session *s, int i)
{
	struct side *a, *b;
	int want;

	a = &s->side[i];
	b = &s->side[!i];
	want = 0;
	switch (s->state) {
	case S_CONNECT:
	case S_HELLO:
		if (i == CLIENT)
			return a->end == E_OPEN && a->len < BUFSZ &&
			    !a->stuck ? EV_READ : 0;
		return s->state == S_CONNECT || s->sent >= 0 ?
		    EV_WRITE : EV_READ;
	case S_RELAY:
		if (side_reads(a, b) && !side_holds(a) && !a->stuck)
			want = EV_READ;
		if (side_holds(b) || b->stuck)
			want |= EV_WRITE;
		return want;
	case S_LINGER:
		return EV_READ;
	}
	return 0;
}

/* Seconds from s->moved after which the session has waited too long, or 0. */
static long
session_patience(struct session *s)
{
	if (s->side[TARGET].fd < 0 && s->state == S_CONNECT)
		return 0L;
	if (s->state == S_CONNECT || s->state == S_HELLO)
		return PLUG(s)->patience;
	if (s->side[CLIENT].flow == F_LOST || s->side[TARGET].flow == F_LOST ||
	    side_cut(&s->side[CLIENT]) || side_cut(&s->side[TARGET]))
		return LINGERSECS;
	return PLUG(s)->idle;
}

/*
 * Side i, of which this is wanted, could be reset unseen: nothing is while its
 * bytes wait for the other side, or behind its end.  The sweep looks.
 */
static int
session_blind(struct session *s, int i, int want)
{
	struct side *a;

	a = &s->side[i];
	return want == 0 && a->fd >= 0 && !a->doomed &&
	    (a->end == E_OPEN || s->side[!i].flow == F_OPEN);
}

/*
 * A call that has failed found the system short of memory: that is nobody's
 * end.  Its descriptors are ready all the same, so that nothing is wanted of
 * them until the sweep, 50 ms from now, lets the session try again.
 */
static int
session_short(struct session *s)
{
	if (!shortage(errno))
		return 0;
	if (!session.pauses) {
		session.swept.sec = now.sec - 1L;
		session.swept.usec = now.usec + PAUSEMS * 1000L;
	}
	session.pauses = s->pauses = 1;
	return 1;
}

/* The sweep comes by: those that pause may try again. */
static void
session_sweep(void)
{
	session.swept = now;
	session.pauses = 0;
}

/* The call that has failed is to be tried again later. */
static int
session_again(struct session *s)
{
	return again() || session_short(s);
}

/*
 * This is wanted of side i.  Only TCP keeps what edges need, which nobody
 * knows of what inetd has handed down.
 */
#ifdef HAVE_EDGES
static int
session_watch(struct session *s, int i, int want)
{
	int family, id;

	family = s->family;
	if (i == CLIENT)
		family = conf.inetd || ev_foreign ? 0 : s->peer.family;
	id = ID_SESSION + 2 * session_id(s) + i;
	return family == IP4 || family == IP6 ?
	    ev_side(s->side[i].fd, id, want) :
	    ev_set(s->side[i].fd, id, want);
}
#else
#define session_watch(s, i, want) ev_set((s)->side[i].fd, \
	ID_SESSION + 2 * session_id(s) + (i), want)
#endif

/*
 * Tell the system what is wanted now: 0, or -1 for descriptors that events
 * can't hold.  What the system refuses is wanted again at the sweep.
 */
static int
session_arm(struct session *s)
{
	int i, r, want, timed;

	r = 0;
	timed = s->pauses || CUTS(s) || session_patience(s) > 0L;
	for (i = 0; i < 2; i++) {
		want = session_want(s, i);
		timed |= session_blind(s, i, want);
		if (s->side[i].fd >= 0 &&
		    session_watch(s, i, s->pauses ? 0 : want) < 0)
			r = -1;
	}
	session.timed += timed - s->timed;
	s->timed = timed;
	return r;
}

/*
 * HELLO: what is said and heard before the stream.  CONNECT is RFC 9110 9.3.6
 * with Basic credentials of RFC 7617; the line of -X is the PROXY protocol,
 * version 1.  The request is made anew from the options whenever a part of it
 * is to be sent, the answer is read a byte at a time by a small machine:
 * nothing of either is kept.
 *
 * The answer is looked at, not read: what stands behind its last line is the
 * target's, and stays in the socket for the relay.
 *
 * Calls: text addr target side record session.
 */

#define R_VERSION 0			/* to R_VERSION + 8: "HTTP/1.x " */
#define R_CODE 9			/* three digits */
#define R_CODE_END 12
#define R_REASON 13			/* to the end of the status line */
#define R_LINE 14			/* at the start of a header line */
#define R_LINE_CR 15		/* CR there: the last line if LF follows */
#define R_HEADER 16			/* inside a header line */

#if HAVE_VIA && HAVE_CHECK
/* Where the proxy is to connect to: the target, or what is probed for it. */
static void
put_goal(struct text *t, struct session *s)
{
	struct target g;

	g = targets[s->target];
	if (IS_PROBE(s))
		target_check(&targets[s->target], &g.at);
	if (IS_PROBE(s) && g.check.family != 0)
		g.name = 0;
	put_target(t, &g, session_port(s));
}
#else
#define put_goal(t, s) session_target(t, s)
#endif

#if HAVE_VIA
/* A digit of base 64, RFC 4648 4. */
static int
base64_digit(int v)
{
	if (v < 52)
		return v + (v < 26 ? 'A' : 'a' - 26);
	return v < 62 ? v + '0' - 52 : v == 62 ? '+' : '/';
}

/* RFC 4648 4, with padding. */
static void
put_base64(struct text *t, char *s)
{
	unsigned long bits;
	int i, n;

	for (; *s != '\0'; s += n) {
		bits = 0;
		for (i = n = 0; i < 3; i++) {
			bits <<= 8;
			if (n == i && s[i] != '\0')
				bits |= (unsigned long)(s[n++] & 0377);
		}
		for (i = 0; i < 4; i++, bits <<= 6)
			put_char(t, i > n ? '=' :
			    base64_digit((int)(bits >> 18 & 63)));
	}
}

/* The whole request for a session's target. */
static void
put_request(struct text *t, struct session *s)
{
	put_str(t, "CONNECT ");
	put_goal(t, s);
	put_str(t, " HTTP/1.1\r\nHost: ");
	put_goal(t, s);
	put_str(t, "\r\n");
	if (PLUG(s)->auth != (char *)0) {
		put_str(t, "Proxy-Authorization: Basic ");
		put_base64(t, PLUG(s)->auth);
		put_str(t, "\r\n");
	}
	put_str(t, "\r\n");
}
#else
#define put_request(t, s) (void)0
#endif

#if HAVE_PROXY
/*
 * The PROXY protocol, version 1 (haproxy's proxy-protocol.txt): whom we speak
 * for, and where that client came to.
 */
static void
put_announce(struct text *t, struct session *s)
{
	struct addr to;
	union sockany u;
	SOCKLEN len;

	len = sizeof u;
	mem_zero(&u, sizeof u);
	mem_zero(&to, sizeof to);
	if (sys_getsockname(s->side[CLIENT].fd, &u.sa, &len) == 0)
		addr_in(&u, &to);
	if (s->peer.family == UNIX || to.family != s->peer.family) {
		put_str(t, "PROXY UNKNOWN\r\n");
		return;
	}
	put_str(t, to.family == IP4 ? "PROXY TCP4 " : "PROXY TCP6 ");
	put_ip(t, &s->peer);
	put_char(t, ' ');
	put_ip(t, &to);
	put_field(t, " ", (unsigned long)s->peer.port);
	put_field(t, " ", (unsigned long)to.port);
	put_str(t, "\r\n");
}
#else
#define put_announce(t, s) (void)0
#endif

#if HAVE_CHECK
/* What a probe says, zero bytes and all. */
static void
put_said(struct text *t, struct session *s)
{
	char *p;
	int n;

	p = targets[s->target].send;
	for (n = *p & 0377; n > 0; n--)
		put_char(t, *++p);
}
#else
#define put_said(t, s) (void)0
#endif

/* Begin to wait for an answer; also after a 1xx one. */
static void
hello_start(struct session *s)
{
	s->hello = R_VERSION;
	s->code = 0;
}

/* One byte of the status line up to the code. */
static int
hello_status(struct session *s, int c)
{
	static char version[] = "HTTP/1.";

	if (s->hello < 7) {
		if (c != version[s->hello])
			return FAIL;
	} else if (s->hello == 7) {
		if (!is_digit(c))
			return FAIL;
	} else if (s->hello == 8) {
		if (c != ' ')
			return FAIL;
	} else if (s->hello < R_CODE_END) {
		if (!is_digit(c))
			return FAIL;
		s->code = s->code * 10 + c - '0';
	}
	s->hello++;
	return MORE;
}

/* The empty line: a 1xx answer is followed by another. */
static int
hello_last(struct session *s)
{
	if (s->code >= 200)
		return DONE;
	hello_start(s);
	return MORE;
}

/* One byte behind the code. */
static int
hello_byte(struct session *s, int c)
{
	switch (s->hello) {
	case R_CODE_END:
		if (c != ' ' && c != '\r' && c != '\n')
			s->code = 0;
		if (s->code < 100 || s->code > 299)
			return FAIL;
		s->hello = c == '\n' ? R_LINE : R_REASON;
		return MORE;
	case R_LINE_CR:
		if (c == '\n')
			return hello_last(s);
		s->hello = R_HEADER;
		return MORE;
	case R_LINE:
		if (c == '\n')
			return hello_last(s);
		s->hello = c == '\r' ? R_LINE_CR : R_HEADER;
		return MORE;
	}
	if (c == '\n')
		s->hello = R_LINE;
	return MORE;
}

/*
 * Take n bytes of the answer; *used of them belong to it.  DONE: the way is
 * open.  FAIL: s->code tells why, if it has three digits.
 */
static int
hello_feed(struct session *s, char *p, int n, int *used)
{
	int i, c, r;

	r = MORE;
	for (i = 0; i < n && r == MORE; i++) {
		c = p[i] & 0377;
		r = s->hello < R_CODE_END ? hello_status(s, c) :
		    hello_byte(s, c);
		if (++s->seen > MAXREPLY)
			r = FAIL;
	}
	*used = i;
	return r;
}

/* Send what is left of what is to be said; s->sent is -1 when nothing is. */
static int
hello_say(struct session *s)
{
	char request[MAXHELLO];
	struct text t;
	long n;

	text_start(&t, request, MAXHELLO);
	if (HAVE_CHECK && s->says == SAY_SEND)
		put_said(&t, s);
	else if (HAVE_PROXY && s->says == SAY_PROXY)
		put_announce(&t, s);
	else
		put_request(&t, s);
	n = sock_put(s->side[TARGET].fd, request + s->sent,
	    (unsigned)(t.len - s->sent));
	if (n < 0L)
		return session_again(s) ? MORE : FAIL;
	s->sent += (int)n;
	if (s->sent == t.len)
		s->sent = -1;
	return MORE;
}

/*
 * Read the answer by peeking, and then read no more of it than it has: the
 * target's first bytes may be right behind it, and stay where they are.
 */
static int
hello_hear(struct session *s)
{
	struct side *a;
	long n;
	int used, r;

	a = &s->side[TARGET];
	n = side_pay(a);
	if (n > 0L)
		n = sock_peek(a->fd, SCRATCH, BUFSZ);
	if (n <= 0L)
		return n < 0L && session_again(s) ? MORE : FAIL;
	r = hello_feed(s, SCRATCH, (int)n, &used);
	a->owed = used;
	return r;
}

/*
 * RING: bulk directions take turns.  One of them has its turn after each look
 * at the events: whoever says a word in between is heard before the next of
 * them, however many they are.
 *
 * Owns: the ring.
 * Calls: session.
 */

#define RING (2 * MAXSESSION)

#if HAVE_RING
static struct {
	int n;			/* how many wait */
	int first;		/* whose turn is next */
	int row[RING];		/* 2 * session + side */
} ring;

/*
 * Direction i of the session waits for its turn: 0 where there is no room,
 * which rows that were used again since can bring about.
 */
static int
ring_add(struct session *s, int i)
{
	if (s->side[i].waits)
		return 1;
	if (ring.n == RING)
		return 0;
	ev_level(s->side[i].fd);
	ring.row[(ring.first + ring.n++) % RING] = 2 * session_id(s) + i;
	s->side[i].waits = 1;
	return 1;
}

/*
 * The next direction that still waits, and its side, or 0.  A row that was
 * freed since does not wait any more.
 */
static struct session *
ring_next(int *side)
{
	struct session *s;
	int id;

	while (ring.n > 0) {
		id = ring.row[ring.first];
		ring.first = (ring.first + 1) % RING;
		ring.n--;
		s = &sessions[id / 2];
		*side = id % 2;
		if (s->side[*side].waits) {
			s->side[*side].waits = 0;
			return s;
		}
	}
	return (struct session *)0;
}

#define RING_WAITS (ring.n > 0)
#else
#define ring_add(s, i) 0
#define RING_WAITS 0
#endif

/*
 * RELAY: one direction, written once: from side i to side !i.
 *
 * Bytes are read into a borrowed block and written at once; what the other
 * side does not take stays in the block, and nothing more is read until it is
 * gone.  Two reads in a row that fill a block make a direction bulk: it moves
 * through a kernel pipe, and turns back when that runs dry.  Where no block
 * is free the bytes are looked at where they are, sent, and then read.
 *
 * An end is passed on only behind all bytes of its stream; a reset is a cut
 * for both, never an end.
 *
 * A side has an end (how its own stream came out) and a flow (what becomes of
 * its bytes).  A write that fails says that the other side takes nothing
 * more: then the flow is lost, and only reading that side tells whether its
 * stream was cut.  Some calls swallow the reset that they meet; such a side
 * is doomed: what it has sent is passed on, and then it reads as cut, never
 * as an end.
 *
 * What is bulk moves when its turn in the ring has come, and a bounded number
 * of bytes a turn.
 *
 * Calls: self log pool side session ring.
 */

#define BULK(a) ((a)->full >= 2 && (a)->flow == F_OPEN)

/* Bytes of side i arrived here. */
static void
relay_count(struct session *s, int i, long n)
{
	count_add(&s->side[i].n, (unsigned long)n);
	session_count(s, i, (unsigned long)n);
	s->moved = now;
}

/*
 * The other side takes no more: what it would have got is thrown away from
 * now on.  Only reading that side decides whether its stream was cut; but a
 * reset that the write has consumed must not read as a clean end.
 */
static void
relay_lost(struct session *s, int i, int e)
{
	side_drop(&s->side[i]);
	s->side[i].flow = F_LOST;
	if (s->side[!i].end == E_OPEN && sock_cut(s->side[!i].fd, e))
		s->side[!i].doomed = 1;
	log_debug(1, "takes no more, errno", session_id(s), (long)e);
}

/* One write of what is held. */
static long
relay_write(struct side *a, int fd)
{
	long n;

	if (a->piped > 0L) {
		n = pipe_drain(kpipes[a->pipe].fd, fd, a->piped);
		if (n > 0L)
			a->piped -= n;
		return n;
	}
	n = sock_put(fd, blocks[a->block].byte + a->off,
	    (unsigned)a->len);
	if (n > 0L) {
		a->off += (int)n;
		a->len -= (int)n;
	}
	return n;
}

/* Write what side i holds: DONE when nothing is held, MORE when it waits. */
static int
relay_push(struct session *s, int i)
{
	struct side *a;
	long n;

	a = &s->side[i];
	if (!side_holds(a))
		return DONE;
	n = relay_write(a, s->side[!i].fd);
	if (n < 0L && !session_again(s)) {
		relay_lost(s, i, errno);
		return DONE;
	}
	if (n > 0L)
		s->moved = now;
	if (side_holds(a))
		return MORE;
	side_drop(a);
	return DONE;
}

/* What read() said when it gave no bytes. */
static void
relay_ended(struct session *s, int i, long n)
{
	struct side *a;

	a = &s->side[i];
	if (n < 0L && session_again(s))
		return;
	a->end = n == 0L && !a->doomed ? E_EOF : E_RESET;
	log_debug(2, n == 0L ? "end of side" : "reset by side",
	    session_id(s), (long)i);
}

/*
 * No block is free: look at the bytes where they are, send them, and then
 * read exactly what was sent.
 */
static long
relay_peek(struct session *s, int i)
{
	struct side *a;
	long n, sent;

	a = &s->side[i];
	n = sock_peek(a->fd, SCRATCH, BUFSZ);
	if (n <= 0L)
		return n;
	sent = sock_put(s->side[!i].fd, SCRATCH, (unsigned)n);
	if (sent < 0L && !session_again(s))
		relay_lost(s, i, errno);
	else
		a->stuck = sent < n;
	errno = EAGAIN;
	if (sent <= 0L)
		return -1L;
	a->owed = (int)sent;
	return sent;
}

/*
 * Bulk: into the kernel pipe.  What it says when dry proves nothing, and a
 * reset that it has consumed will read as a clean end; read() tells the rest.
 */
static long
relay_splice(struct side *a)
{
	long n;

	n = pipe_fill(a->fd, kpipes[a->pipe].fd);
	if (n > 0L) {
		a->piped = n;
		if (n < (long)BUFSZ)
			a->full = 0;
		return n;
	}
	if (n < 0L && sock_cut(a->fd, errno))
		a->doomed = 1;
	a->full = 0;
	side_drop(a);
	return 0L;
}

/* Into a borrowed block, or past it when none is free. */
static long
relay_block(struct session *s, int i)
{
	struct side *a;
	long n;

	a = &s->side[i];
	a->block = block_get();
	if (a->block < 0)
		return relay_peek(s, i);
	n = sock_get(a->fd, blocks[a->block].byte, BUFSZ);
	if (n <= 0L) {
		side_drop(a);
		return n;
	}
	a->off = 0;
	a->len = (int)n;
	a->full = n == (long)BUFSZ ? a->full + 1 : 0;
	return n;
}

/*
 * One read from side i.  Returns its bytes, 0 when there is nothing more to
 * get now or ever.
 */
static long
relay_pull(struct session *s, int i)
{
	struct side *a;
	long n;

	a = &s->side[i];
	n = side_pay(a);
	if (n <= 0L) {
		relay_ended(s, i, n);
		return 0L;
	}
	if (BULK(a))
		a->pipe = kpipe_get();
	n = 0L;
	if (a->pipe >= 0)
		n = relay_splice(a);
	if (n == 0L) {
		if (a->flow == F_LOST)
			n = sock_get(a->fd, SCRATCH, BUFSZ);
		else
			n = relay_block(s, i);
	}
	if (n <= 0L) {
		relay_ended(s, i, n);
		return 0L;
	}
	relay_count(s, i, n);
	return n;
}

/* The last read filled its block: the next one will find something, too. */
#define relay_more(a) (SPECULATE && (FRUGAL || (a)->full > 0))

/*
 * Move what side i has to side !i, as long as both go on and the turn is
 * not used up; who turns bulk waits for his.  ready: side i is known to be
 * readable.  Returns the bytes that were read.
 */
static long
relay_move(struct session *s, int i, int ready, int bulk)
{
	struct side *a;
	long n, moved;

	a = &s->side[i];
	a->stuck = 0;
	moved = 0L;
	while (relay_push(s, i) == DONE) {
		if (!side_reads(a, &s->side[!i]) ||
		    moved >= TURNBYTES || (!ready && !relay_more(a)) ||
		    (!bulk && BULK(a) && ring_add(s, i)))
			break;
		n = relay_pull(s, i);
		ready = 0;
		moved += n;
		if (n <= 0L || a->stuck)
			break;
		if (n < (long)BUFSZ && a->flow == F_OPEN) {
			(void)relay_push(s, i);
			break;
		}
	}
	return moved;
}

/* An event for direction i: what is bulk waits for its turn. */
static void
relay_event(struct session *s, int i, int ready)
{
	if (!BULK(&s->side[i]) || !ring_add(s, i))
		(void)relay_move(s, i, ready, 0);
}

#if HAVE_RING
/* Its turn has come; it waits for the next if it has not run dry. */
static void
relay_turn(struct session *s, int i)
{
	if (relay_move(s, i, 0, 1) >= TURNBYTES)
		(void)ring_add(s, i);
}
#endif

/* A direction is over when its end was passed on, or has nobody to go to. */
static int
relay_over(struct side *a)
{
	return a->flow == F_DONE || (a->flow == F_LOST && a->end != E_OPEN);
}

/*
 * One side has ended cleanly and takes nothing more; the other is still
 * sending.  It keeps the last bytes that we wrote only if we read on.  Who
 * takes nothing more is mostly gone; if not, it has not got all.
 */
static void
relay_linger(struct session *s, int gone)
{
	(void)sock_option(s->side[gone].fd, OPT_RESET);
	side_close(&s->side[gone]);
	s->state = S_LINGER;
}

/*
 * After any event: pass ends on once nothing is held.  DONE when both
 * streams are over, FAIL when one was cut.
 */
static int
relay_settle(struct session *s)
{
	struct side *a;
	int i;

	for (i = 0; i < 2; i++) {
		a = &s->side[i];
		if (a->end == E_OPEN || side_holds(a))
			continue;
		if (a->end == E_RESET) {
			s->status = END_CUT;
			return FAIL;
		}
		if (a->flow == F_OPEN && (relay_over(&s->side[!i]) ||
		    sys_shutdown(s->side[!i].fd, 1) == 0 ||
		    !session_short(s)))
			a->flow = F_DONE;
	}
	for (i = 0; i < 2; i++) {
		if (!relay_over(&s->side[!i]))
			continue;
		if (relay_over(&s->side[i]))
			return DONE;
		if (s->side[i].flow == F_LOST && s->state == S_RELAY)
			relay_linger(s, !i);
	}
	return MORE;
}

#if HAVE_UNSENT
/* Who is slow takes what the system holds for him: that is progress, too. */
static void
relay_drains(struct session *s)
{
	int n;

	if (!side_holds(&s->side[CLIENT]) && !side_holds(&s->side[TARGET]))
		return;
	n = sock_unsent(s->side[CLIENT].fd) + sock_unsent(s->side[TARGET].fd);
	if (n < s->seen)
		s->moved = now;
	s->seen = n;
}
#else
#define relay_drains(s) (void)0
#endif

/*
 * Look at side i, which no event would tell of: true if its peer is gone.
 * What it sent before a reset is still passed on; behind a clean end a reset
 * only means that it takes no more.  EPIPE is behind an end not yet read; and
 * where both may have ended, an ICMP error may be left over from before that.
 */
static int
relay_look(struct session *s, int i)
{
	struct side *a;
	int e;

	a = &s->side[i];
	if (!session_blind(s, i, session_want(s, i)) || !sock_gone(a->fd, &e))
		return 0;
	if (a->end != E_OPEN)
		relay_lost(s, !i, e);
	else
		a->doomed = e == ECONNRESET || e == ETIMEDOUT || (e != 0 &&
		    e != EPIPE && s->side[!i].flow != F_DONE);
	return 1;
}

/* An early read that filled its block is a hint, too. */
#define relay_filled(a) (void)(FRUGAL || ((a)->full = (a)->len == BUFSZ))

/* The client speaks, or ends, before there is a target: keep it, bounded. */
static int
relay_early(struct session *s)
{
	struct side *a;
	long n;

	a = &s->side[CLIENT];
	if (a->block < 0) {
		a->block = block_get();
		a->off = 0;
	}
	if (a->block < 0) {
		a->stuck = 1;
		return MORE;
	}
	n = sock_get(a->fd, blocks[a->block].byte + a->len,
	    (unsigned)(BUFSZ - a->len));
	if (n > 0L) {
		a->len += (int)n;
		relay_filled(a);
		count_add(&a->n, (unsigned long)n);
		return MORE;
	}
	relay_ended(s, CLIENT, n);
	if (a->len == 0)
		side_drop(a);
	if (a->end != E_RESET)
		return MORE;
	s->status = END_CUT;
	return FAIL;
}

/*
 * DIAL: the socket to a target, or to the proxy before it: its options, the
 * address and port that it comes from, the beginning of the connect.
 *
 * Nothing here waits: a connect is begun, and an event tells the rest.
 * Sockets to unix paths have no options and no local port.
 *
 * On Linux a socket is kept when its session is over, and connects again: its
 * options are set, and making and closing one is a good part of what a short
 * connection costs.  It must have ended both ways, with nothing lost, nothing
 * unread and all acknowledged; and nothing about it may be special.
 *
 * Owns: whose failure the last one was, the sockets that are kept.
 * Calls: addr target pool side record.
 */

#define RESERVED_LOW 512	/* ports of -q, as rresvport() has them */
#define RESERVED_HIGH 1023
#define NAMELESS (-1)		/* beside errnos: a name without address */

static struct {
	int ours;	/* it failed before a target was asked */
#if MAXREUSE > 0
	int n;		/* sockets that are kept */
	int none;	/* none is any more */
	int fd[MAXREUSE];
	int family[MAXREUSE];
#endif
} dial;

/* What TCP sockets to targets are asked for; what fails there is no loss. */
static void
dial_options(int fd, struct plug *p)
{
	(void)sock_option(fd, OPT_NODELAY);
	(void)sock_option(fd, OPT_OOBINLINE);
	if (p->keepalive)
		(void)sock_option(fd, OPT_KEEPALIVE);
}

#if MAXREUSE > 0
/* Sockets of this plug's are all alike. */
static int
dial_alike(struct plug *p)
{
	return p->from.family == 0 && !p->reserved && !p->keepalive &&
	    !VIA(p) && (!HAVE_PROXY || !p->announce);
}

/* How many may be kept: sessions that are not leave their descriptors. */
static int
dial_most(void)
{
	int n;

	n = 2 * (session.limit - session.live);
	return dial.none ? 0 : n < MAXREUSE ? n : MAXREUSE;
}

/* What its socket is for. */
static void
dial_note(struct session *s, int family)
{
	s->family = family;
}

/* A session has ended well: its target's socket is kept, if it can be. */
static void
dial_keep(struct session *s)
{
	struct side *a;

	a = &s->side[TARGET];
	if (dial.n >= dial_most() || IS_CHILD || s->family == UNIX ||
	    a->end != E_EOF || a->flow != F_DONE || a->owed > 0 ||
	    s->side[CLIENT].flow != F_DONE || !dial_alike(PLUG(s)) ||
	    !sock_over(a->fd) || ev_set(a->fd, ID_SESSION, 0) != 0 ||
	    sock_renew(a->fd) < 0)
		return;
	ev_drop(a->fd);
	dial.fd[dial.n] = a->fd;
	dial.family[dial.n++] = s->family;
	a->fd = -1;
}

/* At most so many are kept. */
static void
dial_trim(int most)
{
	while (dial.n > 0 && dial.n > most)
		(void)sys_close(dial.fd[--dial.n]);
}

/* The one that was kept last, or -1; and none where sessions need more. */
static int
dial_kept(struct plug *p, int family)
{
	int i, fd;

	dial_trim(dial_most());
	if (!dial_alike(p))
		return -1;
	for (i = dial.n; i-- > 0; )
		if (dial.family[i] == family) {
			fd = dial.fd[i];
			dial.fd[i] = dial.fd[--dial.n];
			dial.family[i] = dial.family[dial.n];
			return fd;
		}
	return -1;
}

/* None is kept any more. */
static void
dial_drop(void)
{
	dial.none = 1;
	dial_trim(0);
}

#define DIAL_KEPT (dial.n > 0)
#else
#define DIAL_KEPT 0
#define dial_trim(most) (void)0
#define dial_note(s, family) (void)0
#define dial_keep(s) (void)0
#define dial_kept(p, family) (-1)
#define dial_drop() (void)0
#endif

/*
 * Descriptors are short: what is kept for later is given back.  True when
 * there was any, and another try is worth it.
 */
static int
dial_spare(void)
{
	int n;

	n = DIAL_KEPT + kpipe_spare();
	dial_trim(0);
	return n > 0;
}

/* A socket to a target, or -1.  A probe shall find what a new one finds. */
static int
dial_socket(struct session *s, int family)
{
	int fd;

	fd = IS_PROBE(s) ? -1 : dial_kept(PLUG(s), family);
	if (fd >= 0)
		return fd;
	fd = sock_new(family);
	if (fd < 0 && sock_exhausted(errno) && dial_spare())
		fd = sock_new(family);
	if (fd >= 0 && family != UNIX)
		dial_options(fd, PLUG(s));
	return fd;
}

/*
 * Bind the outgoing socket to the address of -p and, with -q, to a reserved
 * port: 0, or an errno, ours to blame.  Ports in use are passed by.
 */
static int
dial_bind(struct plug *p, int fd, int family)
{
	struct addr from;
	union sockany u;
	int n, tries;

	if ((p->from.family == 0 && !p->reserved) || family == UNIX)
		return 0;
	from = p->from;
	from.family = family;
	(void)sock_option(fd, p->reserved ? OPT_REUSE : OPT_LATEPORT);
	for (tries = 0; ; tries++) {
		if (p->reserved) {
			from.port = (unsigned)sh->reserve;
			if (from.port <= RESERVED_LOW)
				from.port = RESERVED_HIGH + 1;
			sh->reserve = (int)--from.port;
		}
		n = addr_out(&from, "", &u);
		if (sys_bind(fd, &u.sa, (SOCKLEN)n) == 0)
			return 0;
		if (!p->reserved || errno != EADDRINUSE ||
		    tries == RESERVED_HIGH - RESERVED_LOW)
			return errno;
	}
}

#if HAVE_FILE
/* A plug has -q without the right to such ports: its sessions would fail. */
static int
dial_denied(void)
{
	struct plug *p;
	int i, e, family, fd;

	for (i = e = 0; i < NPLUG && e != EACCES; i++) {
		p = PLUG_AT(i);
		if (!p->reserved)
			continue;
		family = p->from.family != 0 ? p->from.family : IP4;
		fd = sock_new(family);
		e = dial_bind(p, fd, family);
		(void)sys_close(fd);
	}
	return e == EACCES;
}
#else
#define dial_denied() 0
#endif

/* Open a socket and begin to connect: 0, or why not. */
static int
dial_try(struct session *s)
{
	struct plug *p;
	struct addr to;
	union sockany u;
	int fd, n;

	p = PLUG(s);
	to = p->via;
	if (to.family == 0)
		to = *target_at(targets + s->target);
	dial.ours = 0;
	if (HAVE_NAMES && to.family == 0)
		return NAMELESS;
	if (IS_PROBE(s) && !VIA(p))
		target_check(targets + s->target, &to);
	if (to.port == 0)
		to.port = session_port(s);
	dial.ours = 1;
	fd = dial_socket(s, to.family);
	if (fd < 0)
		return errno;
	dial_note(s, to.family);
	side_start(&s->side[TARGET], fd);
	n = dial_bind(p, fd, to.family);
	if (n != 0)
		return n;
	dial.ours = 0;
	n = addr_out(&to, targets[s->target].name, &u);
	return sock_connect(fd, &u, n) < 0 ? errno : 0;
}

/* The same; a reserved port may be in use for this very target. */
static int
dial_open(struct session *s)
{
	int e, tries;

	s->moved = now;
	for (tries = 0; ; tries++) {
		e = dial_try(s);
		if (!PLUG(s)->reserved || dial.ours ||
		    (e != EADDRNOTAVAIL && e != EADDRINUSE) ||
		    tries == RESERVED_HIGH - RESERVED_LOW)
			return e;
		side_close(&s->side[TARGET]);
	}
}

/*
 * CONNECT: to a target, and to the next one when that fails.  Only the
 * target's own failures count against it: what this machine lacks is nobody's
 * fault, and a proxy's refusal is no target's.
 *
 *	refused, timed out, no route		the target's: the next one
 *	proxy says 4xx, 5xx, or nonsense	the target's behind it
 *	proxy not reached, 407			nobody's: the session ends
 *	no descriptor, no process		nobody's: the session waits
 *	no local port				nobody's: the next one is tried
 *	the target is at its max		nobody's: the session waits
 *
 * Owns: who waits for a descriptor, or for a target below its max.
 * Calls: text addr log target pick sticky side record session hello dial.
 */

static struct {
	int starved;	/* errno: sessions wait for descriptors */
	int waits;	/* sessions wait for a target: 2 at rest */
} connecting;

/* The session's target is given back: it was not for us. */
static int
connect_yield(struct session *s)
{
	int t;

	t = s->target;
	if (s->trial)
		target_release(SLOT(s));
	s->trial = 0;
	s->tried[t / 8] = (unsigned char)(s->tried[t / 8] & ~(1 << t % 8));
	session_aim(s, -1);
	return T_FULL;
}

/*
 * The next target for the session: DONE, FAIL when none is left, or MORE
 * when it must wait for room.  Other processes choose, too: if two take a
 * target's last place at once both try again later.  A child of -F that
 * shares no memory would wait for ever: it never hears of the others' ends.
 */
static int
connect_pick(struct session *s)
{
	struct plug *p;
	int t;

	p = PLUG(s);
	s->trial = 0;
	session_waits(s, 0);
	session_aim(s, -1);
	t = pick_target(p, &s->peer, p->sticky ? sticky_find(p, &s->peer) : -1,
	    s->tried);
	if ((!HAVE_SHARE && IS_CHILD && t == T_FULL) || t == T_NONE) {
		if (s->status == END_OK)
			s->status = END_UNREACHED;
		return FAIL;
	}
	if (t >= 0) {
		session_aim(s, t);
		s->trial = sh->health[SLOT(s)].state != H_ALIVE;
		if (HAVE_WORKERS && targets[t].max > 0L &&
		    target_load(t) > targets[t].max)
			t = connect_yield(s);
	}
	if (t == T_FULL) {
		s->state = S_CONNECT;
		session_waits(s, 1);
		connecting.waits = 1;
		return MORE;
	}
	if (p->sticky)
		sticky_keep(p, &s->peer, SLOT(s));
	return DONE;
}

#if HAVE_STATUS
/* How long the state before this one had held, in seconds. */
static void
connect_held(struct text *t, char *what, long held)
{
	put_field(t, what, (unsigned long)held);
	put_str(t, " s");
}
#else
#define connect_held(t, what, held) (void)(held)
#endif

/* The session's target failed for this reason: say so if it lived. */
static void
connect_blame(struct session *s, char *reason, int code)
{
	struct text *t;
	long held;

	s->trial = 0;
	held = target_since(&sh->health[SLOT(s)]);
	target_why(SLOT(s), reason, code);
	if (!target_dead(SLOT(s)))
		return;
	t = log_start(&listeners[s->listener]);
	put_str(t, "target ");
	session_target(t, s);
	put_str(t, ": ");
	put_str(t, reason);
	if (code > 0)
		put_field(t, " ", (unsigned long)code);
	connect_held(t, ", it had lived ", held);
	log_end(TO_BOTH, LOG_LEVEL_WARNING);
}

/* The session's target has answered: say so if it was dead. */
static void
connect_back(struct session *s)
{
	struct text *t;
	long held;

	held = target_since(&sh->health[SLOT(s)]);
	if (!target_alive(SLOT(s)))
		return;
	t = log_start(&listeners[s->listener]);
	put_str(t, "target ");
	session_target(t, s);
	put_str(t, " is back");
	connect_held(t, ", it was dead for ", held);
	log_end(TO_BOTH, LOG_LEVEL_NOTICE);
}

/*
 * Trouble with the proxy, for which no target can be blamed: the session
 * ends.  Clients who come all the same are no reason to flood the log.
 */
static int
connect_give_up(struct session *s, char *what, int e)
{
	if (log_fits())
		log_trouble(&listeners[s->listener], what, e);
	else
		self.mine->log_lost++;
	s->status = END_UNREACHED;
	return FAIL;
}

/*
 * Trouble of this machine: when it comes before a target was asked, or a
 * proxy, the session ends.  But local ports may be used up for one target
 * alone: MORE, and the next one is tried; this one has no mark.
 */
static int
connect_local(struct session *s, int e)
{
	log_minute(&listeners[s->listener],
	    dial.ours ? "bind" : "connect", e);
	s->status = END_SYSTEM;
	if (dial.ours || VIA(PLUG(s)))
		return FAIL;
	if (s->trial)
		target_release(SLOT(s));
	return MORE;
}

/* A connect failed with errno e: MORE when the next target may be tried. */
static int
connect_failed(struct session *s, int e)
{
	side_close(&s->side[TARGET]);
	log_debug(1, "connect failed with errno", session_id(s), (long)e);
	if (dial.ours || sock_local(e))
		return connect_local(s, e);
	if (VIA(PLUG(s)))
		return connect_give_up(s, "proxy", e);
	if (e != ECONNREFUSED || !PORTLESS(&targets[s->target]))
		connect_blame(s, HAVE_NAMES && e == NAMELESS ?
		    "no address for this name" : err_text(e), 0);
	return MORE;
}

/* A session waits for a descriptor or a process, for errno e. */
static void
connect_starve(int e)
{
	connecting.starved = e;
}

/* Something has ended: those who wait for a target may try again. */
static void
connect_revive(void)
{
	connecting.waits = connecting.waits > 0;
}

/* There are sessions that wait and may try again: they have no mark now. */
static int
connect_due(void)
{
	if (connecting.starved == 0 && connecting.waits != 1)
		return 0;
	connecting.starved = connecting.waits = 0;
	return 1;
}

/* They have tried: who still waits rests. Returns errno if it is for that. */
static int
connect_rest(void)
{
	connecting.waits *= 2;
	return connecting.starved;
}

/*
 * Connect to the target that was picked, or to the first that can be.  With
 * no descriptor left the session waits for one, without a target's socket.
 */
static int
connect_go(struct session *s)
{
	int e, r;

	s->state = S_CONNECT;
	s->says = SAY_CONNECT;
	while ((e = dial_open(s)) != 0) {
		if (sock_exhausted(e)) {
			side_close(&s->side[TARGET]);
			connecting.starved = e;
			return MORE;
		}
		if (connect_failed(s, e) == FAIL)
			return FAIL;
		r = connect_pick(s);
		if (r != DONE)
			return r;
	}
	log_debug(1, "connects to target", session_id(s), (long)s->target);
	return MORE;
}

/*
 * The next target is chosen, and the connect begun: MORE while the session
 * goes on, FAIL when none is left.
 */
static int
connect_next(struct session *s)
{
	int r;

	r = connect_pick(s);
	return r == DONE ? connect_go(s) : r;
}

/* The target has answered: the stream begins. */
static int
connect_done(struct session *s)
{
	struct text *t;

	target_met(SLOT(s));
	if (!PROBED(PLUG(s), s->target))
		connect_back(s);
	else if (s->trial)
		target_release(SLOT(s));
	s->trial = 0;
	s->status = END_OK;
	s->state = S_RELAY;
	s->moved = now;
	session_count(s, CLIENT, s->side[CLIENT].n.lo);
	if (conf.log) {
		t = log_start(&listeners[s->listener]);
		put_str(t, "Connect from ");
		put_ip(t, &s->peer);
		put_str(t, " to ");
		if (targets[s->target].name != (char *)0)
			put_str(t, targets[s->target].name);
		else
			put_ip(t, &targets[s->target].at);
		record_mark(t, s);
		log_end(TO_SYSLOG, LOG_LEVEL_NOTICE);
	}
	return DONE;
}

/* Say what is left of the PROXY line; a target that won't hear it failed. */
static int
connect_line(struct session *s)
{
	if (hello_say(s) == FAIL)
		return connect_failed(s, errno) == FAIL ? FAIL :
		    connect_next(s);
	return s->sent < 0 ? connect_done(s) : MORE;
}

/* The way is open: the stream begins, behind the PROXY line if any. */
static int
connect_ready(struct session *s)
{
	if (!HAVE_PROXY || !PLUG(s)->announce)
		return connect_done(s);
	s->state = S_HELLO;
	s->says = SAY_PROXY;
	s->sent = 0;
	return connect_line(s);
}

/*
 * The proxy did not open the way.  407 is about us, anything else about the
 * target behind it.
 */
static int
connect_refused(struct session *s, char *reason)
{
	side_close(&s->side[TARGET]);
	if (s->hello >= R_CODE_END && s->code == 407)
		return connect_give_up(s,
		    "proxy: 407 Proxy Authentication Required", 0);
	if (s->hello >= R_CODE_END && s->code > 299)
		connect_blame(s, "proxy answered", s->code);
	else
		connect_blame(s, reason, 0);
	return connect_next(s);
}

/* Say CONNECT and hear the answer, or say the PROXY line. */
static int
connect_hello(struct session *s)
{
	int r;

	if (HAVE_PROXY && s->says == SAY_PROXY)
		return connect_line(s);
	if (s->sent >= 0) {
		if (hello_say(s) != FAIL)
			return MORE;
		return connect_give_up(s, "proxy", errno);
	}
	r = hello_hear(s);
	if (r == FAIL)
		return connect_refused(s, "no good answer from the proxy");
	return r == DONE ? connect_ready(s) : MORE;
}

/* The handshake may be over. */
static int
connect_event(struct session *s)
{
	int e;

	e = connect_result(s->side[TARGET].fd);
	if (e < 0)
		return MORE;
	if (e > 0)
		return connect_failed(s, e) == FAIL ? FAIL : connect_next(s);
	if (!VIA(PLUG(s)))
		return connect_ready(s);
	s->state = S_HELLO;
	s->sent = s->seen = 0;
	hello_start(s);
	return connect_hello(s);
}

/* The target's time is up. */
static int
connect_late(struct session *s)
{
	if (s->state == S_HELLO && s->says == SAY_CONNECT)
		return connect_refused(s, "no answer from the proxy in time");
	if (EV_REFUSES && s->state == S_CONNECT &&
	    connect_result(s->side[TARGET].fd) == 0)
		return connect_event(s);	/* which nobody told us */
	return connect_failed(s, ETIMEDOUT) == FAIL ? FAIL : connect_next(s);
}

/*
 * HANDED: sockets that somebody else has bound for us: systemd's LISTEN_FDS
 * (sd_listen_fds(3)), and the one of inetd's "wait".  Each is taken by the
 * source, or the -s, that has its address; one that is not is a mistake.
 *
 * They stand at descriptors 3 and up until the start is over.  No path of
 * theirs is removed, and none gets a mode: the row of one has no inode.
 *
 * Calls: self text addr log.
 */

#if HAVE_SERVICE
/* Where this one listens: an address, and the path there or 0. */
static char *
handed_name(int fd, struct addr *at)
{
	static union sockany u;

	(void)sock_listens(fd, &u);
	addr_in(&u, at);
	return at->family == UNIX ? SOCK_PATH(&u) : (char *)0;
}

/* This one has the address of that listener. */
static int
handed_fits(int fd, struct listener *l)
{
	struct addr at;
	char *path;

	path = handed_name(fd, &at);
	return addr_same(&at, &l->at) && at.port == l->at.port &&
	    (path == 0 || str_same(path, l->path));
}

/* One does: it is that one's from now on. */
static int
handed_take(struct listener *l)
{
	int fd;

	for (fd = 3; fd < 3 + HANDED; fd++)
		if (handed_fits(fd, l)) {
			fd_prepare(fd);
			l->fd = fd;
			return 1;
		}
	return 0;
}

/* Nobody wants this one: returns END_USAGE when that was said. */
static int
handed_unfit(int fd)
{
	struct text *t;
	struct addr at;
	char *path;

	path = handed_name(fd, &at);
	t = log_start((struct listener *)0);
	put_str(t, "a socket that fits no source was handed down: '");
	if (path != 0)
		put_safe(t, path);
	else
		put_addr(t, &at);
	put_char(t, '\'');
	log_end(TO_ERRORS, LOG_LEVEL_ERR);
	return END_USAGE;
}

/* Each has a listener, or that of -s, at descriptor door: 0 or END_USAGE. */
static int
handed_all(int door)
{
	int fd, i;

	for (fd = 3; fd < 3 + HANDED; fd++) {
		for (i = 0; i < MAXLISTEN; i++)
			if (listeners[i].fd == fd)
				break;
		if (i == MAXLISTEN && door != fd)
			return handed_unfit(fd);
	}
	self_given(0);
	return 0;
}

/* -I was given a socket that listens ("wait"), which is at fd by now. */
static int
handed_waits(int fd)
{
	union sockany u;

	if (fd != 3 || !sock_listens(fd, &u))
		return 0;
	self_given(1);
	return 1;
}

/*
 * LISTEN_FDS, if it is for us: 0, or END_USAGE when that was said.  With -I
 * it only tells of descriptor 0 once more.
 */
static int
handed_down(int inetd)
{
	union sockany u;
	char *who, *p;
	long us, n;
	int i;

	who = env_take("LISTEN_PID");
	p = env_take("LISTEN_FDS");
	(void)env_take("LISTEN_FDNAMES");
	if (inetd || who == 0 || p == 0 ||
	    !scan_whole(who, 1L, 2147483647L, &us) ||
	    us != (long)getpid() || str_same(p, "0"))
		return 0;
	if (!scan_whole(p, 1L, (long)MAXLISTEN, &n))
		return log_usage("LISTEN_FDS: not a number of sockets", p);
	for (i = 3; i < 3 + (int)n; i++)
		if (!sock_listens(i, &u))
			return log_usage(
			    "LISTEN_FDS: not all of them listen", p);
	self_given((int)n);
	return 0;
}
#else
#define handed_take(l) 0
#define handed_all(door) 0
#define handed_waits(fd) 0
#define handed_down(inetd) 0
#endif

/*
 * BIND: the sockets of listeners, and what lies at the paths of unix sockets:
 * another plug may live there, may have died there, or take it over later.
 *
 * Calls: log.
 */

/* Options that a listener has, and accepted sockets where they inherit. */
static void
bind_options(int fd)
{
	(void)sock_option(fd, OPT_NODELAY);
	(void)sock_option(fd, OPT_OOBINLINE);
}

/*
 * Make way for a unix socket where a dead one lies; a live one stays, and does
 * not notice that it was tried: it is of another kind (EPROTOTYPE).
 */
static void
bind_stale(struct listener *l, union sockany *u, int n)
{
	struct stat st;
	int fd;

	if (sys_lstat(l->path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return;
	fd = sys_socket(u->sa.sa_family, SOCK_DGRAM);
	if (fd < 0)
		return;
	if (sys_connect(fd, &u->sa, (SOCKLEN)n) < 0 && errno == ECONNREFUSED)
		(void)sys_unlink(l->path);
	(void)sys_close(fd);
}

/* Bind a unix socket with the wanted mode, where none lives: 0 or -1. */
static int
bind_unix(struct listener *l, long mode, union sockany *u, int n)
{
	struct stat st;
	int old, r;

	bind_stale(l, u, n);
	old = (int)sys_umask(0777 & ~(int)mode);
	r = sys_bind(l->fd, &u->sa, (SOCKLEN)n);
	(void)sys_umask(old);
	if (r < 0 || sys_lstat(l->path, &st) < 0)
		return -1;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return 0;
}

/* Bind a TCP socket: 0 or -1.  One for :: takes IPv4's clients as well. */
static int
bind_inet(struct listener *l, union sockany *u, int n)
{
	(void)sock_option(l->fd, OPT_REUSE);
	if (l->at.family == IP6)
		(void)sock_option(l->fd, OPT_BOTH);
	bind_options(l->fd);
	return sys_bind(l->fd, &u->sa, (SOCKLEN)n);
}

/*
 * The path is still that of our unix socket.  Another plug may have taken it
 * over, and then it is that one's to remove.
 */
static int
bind_ours(struct listener *l, struct stat *st)
{
	return sys_lstat(l->path, st) == 0 &&
	    st->st_ino == l->ino && st->st_dev == l->dev;
}

/* The first process takes the unix socket away. */
static void
bind_unlink(struct listener *l)
{
	struct stat st;

	if (l->path != (char *)0 && self.mine == &sh->tally[0] &&
	    bind_ours(l, &st))
		(void)sys_unlink(l->path);
}

#if HAVE_FILE
/* Our unix socket gets another mode. */
static void
bind_mode(struct listener *l, long mode)
{
	struct stat st;

	if (l->ino != 0 && (!bind_ours(l, &st) ||
	    ((long)(st.st_mode & 0777) != mode &&
	    sys_chmod(l->path, (int)mode) < 0)))
		log_trouble(l, "chmod", errno);
}
#endif

/*
 * LISTEN: open listeners, take over what a reload leaves open, accept.
 *
 * A listener is wanted while there is room for a client.  When accept finds
 * no descriptor, or nothing but errors, nothing is wanted until the sweep: a
 * listener that is ready all the time would keep the loop from ever sleeping.
 *
 * Owns: how many rows of listeners there are, and what was wanted of them.
 * Calls: self addr log dial handed bind.
 */

#define GATE_NEW 0		/* not all listeners are known to events */
#define GATE_SHUT 1
#define GATE_OPEN 2

static struct {
	int n;		/* rows ever used */
	int gate;	/* what was last wanted of all */
	int sick;	/* accept had no descriptors: rest */
	int rests;	/* those with ACCEPTS errors do */
#if TAKEN < ACCEPTS
	unsigned turn;	/* of the loop */
#endif
} listening;

/* The plug's source is this listener, or it is one of its ports. */
static int
listen_fits(struct plug *p, struct listener *l)
{
	if (l->path != (char *)0)
		return p->path != (char *)0 && str_same(p->path, l->path);
	return p->path == (char *)0 && addr_same(&p->source, &l->at) &&
	    p->source.port <= l->at.port && l->at.port <= p->last;
}

/* The same of a listener of ours: a lone plug has them all. */
#define listen_serves(p, l) (!HAVE_FILE || listen_fits(p, l))

#if HAVE_STATUS
/*
 * Clients in the kernel's queues of a plug's listeners, or of all if it is 0,
 * as far as the system tells.
 */
static unsigned long
listen_queue(struct plug *p)
{
	struct listener *l;
	unsigned long n;

	n = 0;
	for (l = listeners; l < listeners + listening.n; l++)
		if (l->fd >= 0 && (p == 0 || listen_serves(p, l)))
			n += (unsigned long)sock_queue(l->fd);
	return n;
}
#endif

/*
 * Take what was handed down, or bind and listen, once or until it is too
 * late: 0, or -1 with errno.
 */
static int
listen_bind(struct listener *l, long mode)
{
	union sockany u;
	int n;

	if (handed_take(l)) {
		if (l->path == 0)
			bind_options(l->fd);
		return 0;
	}
	n = addr_out(&l->at, l->path, &u);
	for (;;) {
		l->fd = sock_new(l->at.family);
		if (l->fd < 0)
			return -1;
		if ((l->path != (char *)0 ? bind_unix(l, mode, &u, n) :
		    bind_inet(l, &u, n)) == 0 &&
		    sys_listen(l->fd, BACKLOG) == 0)
			return 0;
		if (errno != EADDRINUSE || !self_waits())
			return -1;
		(void)sys_close(l->fd);
	}
}

/*
 * A row for a new listener, or 0.  Rows of listeners that are gone are used
 * again when no session names them.
 */
static struct listener *
listen_row(void)
{
	int i;

	for (i = 0; i < MAXLISTEN; i++)
		if (listeners[i].used == L_FREE)
			break;
	if (i == MAXLISTEN)
		return (struct listener *)0;
	if (i >= listening.n)
		listening.n = i + 1;
	return &listeners[i];
}

/* The listener for this port of the plug, if there is one already. */
static struct listener *
listen_find(struct plug *p, unsigned port)
{
	struct plug one;
	int i;

	one = *p;
	one.source.port = one.last = port;
	for (i = 0; i < listening.n; i++)
		if (listeners[i].fd >= 0 && listen_serves(&one, &listeners[i]))
			return &listeners[i];
	return (struct listener *)0;
}

/*
 * See to a listener on this port of the plug: 0, or -1 with errno and *l
 * for the line about it.
 */
static int
listen_open(struct plug *p, unsigned port, struct listener **at)
{
	struct listener *l;

	l = (struct listener *)0;
	if (HAVE_FILE)
		l = listen_find(p, port);
	if (l == (struct listener *)0) {
		*at = l = listen_row();
		errno = ENOBUFS;
		if (l == (struct listener *)0)
			return -1;
		mem_zero(l, sizeof *l);
		l->at = p->source;
		l->at.port = port;
		l->path = p->path;
		l->tagged = p->tagged;
		l->used = L_NEW;
		sh->gone[l - listeners] = 0;
		if (listen_bind(l, p->mode) < 0)
			return -1;
	} else if (l->used == L_OPEN)
		l->used = L_STAYS;
	return 0;
}

/*
 * Others may have it open: closing alone would not forget its events.  A unix
 * socket's path goes, too.
 */
static void
listen_close(struct listener *l)
{
	if (l->fd < 0)
		return;
	(void)ev_set(l->fd, ID_LISTEN, 0);
	ev_drop(l->fd);
	bind_unlink(l);
	(void)sys_close(l->fd);
	l->fd = -1;
}

/* No port is ours any more. */
static void
listen_close_all(void)
{
	int i;

	for (i = 0; i < listening.n; i++)
		listen_close(&listeners[i]);
}

/* What is wanted of all is to be said anew. */
static void
listen_anew(void)
{
	listening.gate = GATE_NEW;
}

/* What was wanted of all is this now: true when it was something else. */
static int
listen_wanted(int gate)
{
	if (listening.gate == gate)
		return 0;
	listening.gate = gate;
	return 1;
}

#if HAVE_FILE
/* The plugs that the listener may have: from its first to its last. */
static void
listen_plugs(struct listener *l)
{
	int i, end;

	l->before = plug.n;
	end = 0;
	for (i = 0; i < plug.n; i++) {
		if (!listen_serves(PLUG_AT(i), l))
			continue;
		if (end == 0)
			l->before = i;
		end = i + 1;
		if (PLUG_AT(i)->source.port == l->at.port)
			PLUG_AT(i)->listener = (int)(l - listeners);
	}
	l->behind = plug.n - end;
}
#else
#define listen_plugs(l) (void)0
#endif

/* The listeners of what was read take effect, others are gone; or not. */
static void
listen_settle(int commit)
{
	struct listener *l;

	for (l = listeners; l < listeners + listening.n; l++) {
		if (l->used == (commit ? L_OPEN : L_NEW)) {
			listen_close(l);
			l->used = L_GONE;
			sh->gone[l - listeners] = 1;
		} else if (l->used == L_NEW || l->used == L_STAYS)
			l->used = L_OPEN;
		if (l->used == L_OPEN)
			listen_plugs(l);
	}
	listening.gate = GATE_NEW;
}

/* -I: a row for what inetd listens on, which we do not. */
static struct listener *
listen_alone(void)
{
	listening.n = 1;
	listeners[0].fd = -1;
	return &listeners[0];
}

/* A connect to there comes back to this plug, which would eat the session. */
static int
listen_loops(struct plug *p, struct addr *at, char *path)
{
	if (at->family == UNIX || p->path != (char *)0)
		return at->family == UNIX && p->path != (char *)0 &&
		    str_same(p->path, path);
	if (at->port != 0 &&
	    (at->port < p->source.port || at->port > p->last))
		return 0;
	if (addr_same(at, &p->source) || addr_any(at))
		return 1;
	return addr_any(&p->source) &&
	    (p->source.family == IP6 || at->family == IP4) && addr_local(at);
}

/* The only listener: what is said of all is tagged with it, as 2.5.5 did. */
static struct listener *
listen_only(void)
{
	return listening.n == 1 ? listeners : (struct listener *)0;
}

/* The system has what we need again, or still not. */
static void
listen_ails(int sick)
{
	listening.sick = sick;
}

/* Those that rest have rested. */
static void
listen_rested(void)
{
	if (listening.rests)
		listen_anew();
	listening.rests = 0;
}

/*
 * No descriptor or no process for a client: accept none for a while.  Clients
 * wait in the kernel's queue.
 */
static void
listen_trouble(char *what, int e)
{
	listening.sick = 1;
	log_minute(listen_only(), what, e);
}

/* What accept says, with what is kept for later given back if need be. */
static int
listen_take(int listener, union sockany *u)
{
	int fd;

	fd = sock_accept(listener, u);
	if (fd < 0 && sock_exhausted(errno) && dial_spare())
		fd = sock_accept(listener, u);
	return fd;
}

/*
 * The next client: its descriptor, or -1 when there is none now.  What
 * accept says of a client that is gone already is no trouble of ours, and one
 * without an address is gone but at a unix socket.  But where nothing but
 * errors has come ACCEPTS times, or comes again, the client they are about
 * may still be in the queue: the listener rests until the sweep.
 */
static int
listen_accept(struct listener *l, struct addr *peer)
{
	union sockany u;
	int fd;

	fd = listen_take(l->fd, &u);
	if (fd >= 0) {
		addr_in(&u, peer);
		if (!ACCEPT_INHERITS && peer->family != UNIX)
			bind_options(fd);
		l->errors = 0;
		if (peer->family != UNIX || l->path != (char *)0)
			return fd;
		(void)sys_close(fd);
	} else if (sock_exhausted(errno))
		listen_trouble("client accept", errno);
	else if (!again() && ++l->errors >= ACCEPTS) {
		l->errors = ACCEPTS;
		listening.rests = 1;
		listening.gate = GATE_NEW;
		log_minute(l, "client accept", errno);
	}
	return -1;
}

/*
 * How many clients to ask for, as a listener is ready: TAKEN, but twice as
 * many as in the last turn if it was ready then, too.  Others have their
 * events meanwhile, and who is alone is not asked whether there is another.
 */
#if TAKEN < ACCEPTS
static void
listen_turn(void)
{
	listening.turn++;
}

static int
listen_most(struct listener *l)
{
	l->taken = l->turn + 1 == listening.turn ? 2 * l->taken : TAKEN;
	if (l->taken < TAKEN || l->taken > ACCEPTS)
		l->taken = l->taken < TAKEN ? TAKEN : ACCEPTS;
	l->turn = listening.turn;
	return l->taken;
}
#else
#define listen_turn() (void)0
#define listen_most(l) TAKEN
#endif

/*
 * WATCH: which targets are probed for -H, when the next probe of each is due,
 * and what a row of them says.
 *
 * RISE good probes in a row bring a target back and FALL bad ones kill it; a
 * session that finds out something in between begins the row anew.  Probes
 * are spread over the time between two of one target.
 *
 * Owns: when a target's next probe begins, and what the last ones have said.
 * Calls: self target connect.
 */

#if HAVE_CHECK
static struct {
	int on;		/* some target is probed */
	int from;		/* the target that is looked at first */
	struct stamp next;	/* the earliest that is due */
	struct watch {
		int streak;	/* of good probes, or -1 times of bad ones */
		int lived;	/* the state after the last one */
		long period;	/* seconds; 0: not probed */
		struct stamp due;	/* when the next one begins */
	} row[MAXTARGET];	/* by slot */
} watch;

/*
 * All processes look at the sessions that a target has, once a second, and
 * cut them when this count is another than it was.  Where no memory is shared
 * the children of -F that are there get a signal.
 */
static void
watch_cut(int slot)
{
	int i;

	sh->cuts[slot]++;
	for (i = 0; !HAVE_SHARE && i < child.top; i++)
		if (children[i].pid > 0L && sh->tally[i + 1].aim == slot + 1)
			(void)sys_kill(children[i].pid, SIGINT);
}

/*
 * A probe's outcome: the target answered, or failed for this reason.  RISE of
 * one kind in a row bring it back, FALL of the other kill it; what a session
 * finds out in between begins the row anew.
 */
static void
watch_outcome(struct session *s, char *reason, int code)
{
	struct watch *c;
	int lives;

	target_met(SLOT(s));
	c = &watch.row[SLOT(s)];
	lives = sh->health[SLOT(s)].state == H_ALIVE;
	if (c->lived != lives || (c->streak > 0) != (reason == 0))
		c->streak = 0;
	if (reason == (char *)0) {
		c->streak += c->streak < RISE;
		if (c->streak == RISE)
			connect_back(s);
	} else if (c->streak > -FALL && --c->streak == -FALL) {
		if (lives)
			connect_blame(s, reason, code);
		if (targets[s->target].cut)
			watch_cut(SLOT(s));
	}
	c->lived = sh->health[SLOT(s)].state == H_ALIVE;
}

/* The i-th of n probes that have so many seconds for all of them. */
static void
watch_spread(struct stamp *due, long secs, long i, long n)
{
	*due = now;
	due->sec += secs / n * i + secs % n * i / n;
	due->usec += secs % n * i % n * (1000000L / n);
	if (due->usec >= 1000000L) {
		due->usec -= 1000000L;
		due->sec++;
	}
}

/* Probe what the plugs now ask for; who was probed already keeps its time. */
static void
watch_plan(void)
{
	struct plug *p;
	struct watch *c;
	long k, n;
	int i, t;

	n = k = 0L;
	for (i = 0; i < NPLUG; i++)
		if (PLUG_AT(i)->check > 0L)
			n += (long)PLUG_AT(i)->ntarget;
	for (i = 0; i < NPLUG; i++) {
		p = PLUG_AT(i);
		for (t = p->target; t < p->target + p->ntarget; t++) {
			c = &watch.row[SLOT_OF(t)];
			if (c->period != p->check && p->check > 0L) {
				watch_spread(&c->due, p->check, k, n);
				c->streak = 0;
			}
			c->period = p->check;
			k += p->check > 0L;
		}
	}
	watch.on = n > 0L;
	watch.next = now;
}

/* No probe is due any more. */
static void
watch_stop(void)
{
	watch.on = 0;
}

/* One is: all of them are to be looked at, from this one on and round. */
static int
watch_turn(int *from)
{
	if (!watch.on || !elapsed(&watch.next, 0L))
		return 0;
	watch.next.sec = now.sec + MAXSECS;
	*from = watch.from;
	return 1;
}

/*
 * This one has a row: others come first next time.  Where more are silent than
 * there are rows, those in front would have them all, time and again.
 */
static void
watch_begun(int t)
{
	watch.from = t + 1;
}

/* There was no row for it, or the clock has jumped: a second later. */
static void
watch_late(int t)
{
	watch.row[SLOT_OF(t)].due = now;
	watch.row[SLOT_OF(t)].due.sec++;
}

/* A target of this plug is to be probed now; the next time is set. */
static int
watch_due(struct plug *p, int t)
{
	struct watch *c;

	c = &watch.row[SLOT_OF(t)];
	if (!elapsed(&c->due, 0L))
		return 0;
	c->due.sec += p->check;
	if (!elapsed(&c->due, 0L))
		return 1;
	watch_late(t);
	return 0;
}

/* When to look again: no later than when this one is due. */
static void
watch_next(int t)
{
	struct stamp *due;

	due = &watch.row[SLOT_OF(t)].due;
	if (due->sec < watch.next.sec || (due->sec == watch.next.sec &&
	    due->usec < watch.next.usec))
		watch.next = *due;
}

/* Milliseconds to sleep, of ms (-1 for ever), until the next probe. */
static long
watch_sleep(long ms)
{
	long d;

	if (!watch.on)
		return ms;
	d = 3600000L;
	if (watch.next.sec - now.sec < 3600L)
		d = (watch.next.sec - now.sec) * 1000L +
		    (watch.next.usec - now.usec) / 1000L + 1L;
	d = d < 0L ? 0L : d;
	return ms < 0L || d < ms ? d : ms;
}
#else
#define watch_plan() (void)0
#define watch_sleep(ms) (ms)
#endif

/*
 * CHECK: the probes.  A probe is a session without a client, in a row behind
 * those of clients, and goes the way of a session up to the first byte that
 * the target says.  The first process has them all.
 *
 *	S_CONNECT -> S_HELLO	connected, and there is more to say or hear
 *	S_CONNECT, S_HELLO -> S_LINGER	it has an outcome
 *	S_LINGER -> S_FREE	the target has ended, too; or late, or too long
 *
 * A server may count clients that are reset, and shut them out: a probe ends
 * its stream, and takes what the target still says.  That row is free for
 * another probe when there is no other.
 *
 * Calls: self side session hello dial watch.
 */

#if HAVE_CHECK
#define CHECK_END (sessions + MAXSESSION + PROBES)
#define CHECKBYTES 65536L	/* what a probe that is over takes */

/* The row is free. */
static void
check_close(struct session *s)
{
	side_close(&s->side[TARGET]);
	session_untime(s);
	s->state = S_FREE;
}

/* All rows are: the process is a child. */
static void
check_close_all(void)
{
	struct session *s;

	for (s = sessions + MAXSESSION; s < CHECK_END; s++)
		if (s->state != S_FREE)
			check_close(s);
	watch_stop();
}

/*
 * The probe is over.  Whatever was connected ends as one of a well-behaved
 * client does: by the end of our stream, and no reset for what still comes.
 */
static void
check_leave(struct session *s)
{
	s->state = S_LINGER;
	s->moved = now;
	s->side[TARGET].flow = F_LOST;
	if (sys_shutdown(s->side[TARGET].fd, 1) < 0 || session_arm(s) < 0)
		check_close(s);
}

/* All probes are: the process ends, or has new tables. */
static void
check_leave_all(void)
{
	struct session *s;

	for (s = sessions + MAXSESSION; s < CHECK_END; s++)
		if (s->state == S_HELLO)
			check_leave(s);
		else if (s->state == S_CONNECT)
			check_close(s);
	watch_stop();
}

/* What the target says behind the outcome, as long as that is bearable. */
static void
check_drop(struct session *s)
{
	struct side *a;
	long n;

	a = &s->side[TARGET];
	n = sock_get(a->fd, SCRATCH, BUFSZ);
	if (n < 0L && session_again(s))
		return;
	if (n > 0L)
		count_add(&a->n, (unsigned long)n);
	if (n <= 0L || a->n.lo >= (unsigned long)CHECKBYTES)
		check_close(s);
}

/* The target answered, or failed for this reason. */
static void
check_outcome(struct session *s, char *reason, int code)
{
	watch_outcome(s, reason, code);
	check_leave(s);
}

/* Not connected, for errno e; what is not the target's is no outcome. */
static void
check_failed(struct session *s, int e)
{
	struct target *g;

	g = &targets[s->target];
	if (!dial.ours && !sock_local(e) && !sock_exhausted(e) &&
	    !VIA(PLUG(s)) && (e != ECONNREFUSED || !PORTLESS(g) ||
	    g->check.port != 0))
		watch_outcome(s, HAVE_NAMES && e == NAMELESS ?
		    "no address for this name" : err_text(e), 0);
	check_close(s);
}

/*
 * The target is reached: begin to say this, if that is anything; else hear
 * what it says by itself.
 */
static void
check_say(struct session *s, int says, char *what)
{
	s->state = S_HELLO;
	s->says = says;
	s->sent = what != (char *)0 ? 0 : -1;
	s->seen = 0;
}

/*
 * The way to the target is open: the PROXY line is said first, then what the
 * probe is to say; where neither is, the handshake was enough.
 */
static void
check_ready(struct session *s)
{
	struct target *g;

	g = &targets[s->target];
	if (PLUG(s)->announce && s->says == SAY_CONNECT)
		check_say(s, SAY_PROXY, "");
	else if (g->send != (char *)0 || g->expect != (char *)0)
		check_say(s, SAY_SEND, g->send);
	else
		check_outcome(s, (char *)0, 0);
}

/* The target's answer, in pieces: what it has to begin with, or any byte. */
static void
check_hear(struct session *s)
{
	char *expect;
	long n;
	int i;

	n = side_pay(&s->side[TARGET]);
	if (n > 0L)
		n = sock_get(s->side[TARGET].fd, SCRATCH, BUFSZ);
	if (n < 0L && session_again(s))
		return;
	if (n <= 0L) {
		check_outcome(s, n < 0L ? err_text(errno) :
		    "closed without the expected answer", 0);
		return;
	}
	expect = targets[s->target].expect;
	if (expect == (char *)0)
		expect = "";
	for (i = 0; i < (int)n && s->seen < (*expect & 0377); i++)
		if (SCRATCH[i] != expect[++s->seen]) {
			check_outcome(s, "not the expected answer", 0);
			return;
		}
	if (s->seen == (*expect & 0377))
		check_outcome(s, (char *)0, 0);
}

/* The proxy's answer to CONNECT.  407 is about us, and no outcome. */
static void
check_hear_proxy(struct session *s)
{
	int r;

	r = hello_hear(s);
	if (r == DONE)
		check_ready(s);
	else if (r == MORE)
		return;
	else if (s->hello >= R_CODE_END && s->code == 407)
		check_close(s);
	else if (s->hello >= R_CODE_END && s->code > 299)
		check_outcome(s, "proxy answered", s->code);
	else
		check_outcome(s, "no good answer from the proxy", 0);
}

/* Connected: say what is to be said, hear what is to be heard. */
static void
check_hello(struct session *s)
{
	if (s->sent < 0) {
		if (s->says == SAY_CONNECT)
			check_hear_proxy(s);
		else
			check_hear(s);
	} else if (hello_say(s) == FAIL)
		check_failed(s, errno);
	else if (s->sent < 0 && s->says == SAY_PROXY)
		check_ready(s);
}

/* The handshake may be over. */
static void
check_connected(struct session *s)
{
	int e;

	e = connect_result(s->side[TARGET].fd);
	if (e > 0)
		check_failed(s, e);
	if (e != 0)
		return;
	if (VIA(PLUG(s))) {
		check_say(s, SAY_CONNECT, "");
		hello_start(s);
	} else
		check_ready(s);
}

/* An event of a probe. */
static void
check_session(struct session *s)
{
	if (s->state == S_CONNECT)
		check_connected(s);
	else if (s->state == S_HELLO)
		check_hello(s);
	else if (s->state == S_LINGER)
		check_drop(s);
	if (s->state != S_FREE && session_arm(s) < 0)
		check_close(s);
}

/* Its time is up. */
static void
check_late(struct session *s)
{
	if (s->state == S_LINGER)
		check_close(s);
	else if (EV_REFUSES && s->state == S_CONNECT &&
	    connect_result(s->side[TARGET].fd) == 0)
		check_session(s);
	else if (s->state == S_CONNECT)
		check_failed(s, ETIMEDOUT);
	else
		check_outcome(s, s->says == SAY_CONNECT ?
		    "no answer from the proxy in time" :
		    "no answer in time", 0);
}

/* Once a second: probes whose time is up, or that waited for memory. */
static void
check_sweep(void)
{
	struct session *s;

	for (s = sessions + MAXSESSION; s < CHECK_END; s++)
		if (s->state != S_FREE &&
		    elapsed(&s->moved, PLUG(s)->patience))
			check_late(s);
		else if (s->pauses) {
			s->pauses = 0;
			check_session(s);
		}
}

/*
 * A row for a probe, or 0: a free one, else that of the probe which has had
 * its outcome first.  *busy when this target is being probed.
 */
static struct session *
check_row(int t, int *busy)
{
	struct session *s, *best;

	best = (struct session *)0;
	*busy = 0;
	for (s = sessions + MAXSESSION; s < CHECK_END; s++)
		if (s->state == S_CONNECT || s->state == S_HELLO)
			*busy |= SLOT(s) == SLOT_OF(t);
		else if (best == (struct session *)0 || s->state == S_FREE ||
		    (best->state != S_FREE &&
		    s->moved.sec < best->moved.sec))
			best = s;
	return best;
}

/* Probe a target, unless that is being done: -1 when there is no row. */
static int
check_start(struct plug *p, int t)
{
	struct listener *l;
	struct session *s;
	int e, busy;

	s = check_row(t, &busy);
	if (busy)
		return 0;
	l = &listeners[p->listener];
	if (s == (struct session *)0 || l->fd < 0)
		return -1;
	watch_begun(t);
	if (s->state != S_FREE)
		check_close(s);
	mem_zero(s, sizeof *s);
	side_start(&s->side[CLIENT], -1);
	side_start(&s->side[TARGET], -1);
	s->plug = (int)(p - plugs);
	s->listener = (int)(l - listeners);
	s->target = t;
	s->peer.family = UNIX;
	s->state = S_CONNECT;
	e = dial_open(s);
	if (e != 0)
		check_failed(s, e);
	else if (session_arm(s) < 0)
		check_close(s);
	return 0;
}

/* Begin what is due of a plug's targets, from that row on and before this. */
static void
check_plug(struct plug *p, int from, int before)
{
	int t;

	for (t = p->target; t < p->target + p->ntarget; t++) {
		if (t < from || t >= before || p->check == 0L)
			continue;
		if (watch_due(p, t) && check_start(p, t) < 0)
			watch_late(t);
		watch_next(t);
	}
}

/* The same of all; nothing is looked at before the earliest. */
static void
check_run(void)
{
	int i, from;

	if (!watch_turn(&from))
		return;
	for (i = 0; i < NPLUG; i++)
		check_plug(PLUG_AT(i), from, MAXTARGET);
	for (i = 0; i < NPLUG; i++)
		check_plug(PLUG_AT(i), 0, from);
}

#else
#define check_close_all() (void)0
#define check_leave_all() (void)0
#define check_run() (void)0
#define check_sweep() (void)0
#define check_session(s) (void)0
#endif

/*
 * STATUS: what goes on, in figures: the sums over all processes of what each
 * has counted.  SIGUSR1 asks for them as lines of the log.
 *
 * Whoever is asked answers for all: counters are summed over rows, a target's
 * sessions over processes.  A row may change while it is read; the sum is
 * then of a moment that never was, by one session or so.
 *
 * Calls: self text log target sticky listen.
 */

/* -w without shared memory: its workers know, the master does not. */
#define STATUS_BLIND (!HAVE_SHARE && IS_MASTER)

#if HAVE_STATUS
#define tally_waits(sum, c) (sum)->waits += (c)->waits
#else
#define tally_waits(sum, c) (void)0
#endif

/* The sum of what all processes count. */
static void
status_sum(struct tally *sum)
{
	int i, top;

	mem_zero(sum, sizeof *sum);
	top = conf.workers > (long)child.top ? (int)conf.workers : child.top;
	for (i = 0; i <= top; i++) {
		tally_add(sum, &sh->tally[i]);
		tally_waits(sum, &sh->tally[i]);
	}
}

#if HAVE_STATUS
/* A target's state for people, the worse the higher. */
#define W_ALIVE 0
#define W_NEW 1			/* nobody has tried it so far */
#define W_FULL 2		/* it has as many sessions as its max */
#define W_DRAIN 3		/* the user wants it to get no more */
#define W_TRIAL 4		/* dead, and somebody tries it just now */
#define W_DEAD 5

struct look {			/* how such a state is shown */
	char *word;	/* to all, and in the log */
	char *style;	/* class of the page's style sheet */
	char *colour;	/* for browsers without style sheets */
};

/* How a state looks. */
static struct look *
status_look(int word)
{
	static struct look looks[] = {
		{ "alive", "up", "#0a7a33" },
		{ "untried", "new", "#5a6570" },
		{ "full", "wait", "#9a5b00" },
		{ "draining", "wait", "#9a5b00" },
		{ "on trial", "wait", "#9a5b00" },
		{ "dead", "down", "#c01818" }
	};

	return &looks[word];
}

/* A target's state, by W_...; the worst of what can be said. */
static int
status_word(int t)
{
	struct health *h;

	h = &sh->health[SLOT_OF(t)];
	if (h->state != H_ALIVE)
		return h->state == H_DEAD ? W_DEAD : W_TRIAL;
	if (targets[t].drain)
		return W_DRAIN;
	if (!target_room(t))
		return W_FULL;
	return h->met ? W_ALIVE : W_NEW;
}

/*
 * What all processes have counted for a target: the rows of workers, and with
 * -F those of the children that serve now.
 */
static void
status_traffic(int t, struct traffic *sum)
{
	struct traffic *y;
	struct tally *c;
	int i, slot;

	slot = SLOT_OF(t);
	mem_zero(sum, sizeof *sum);
	for (i = 0; i < NTRAFFIC; i++) {
		y = &ALL_TRAFFIC[i * MAXTARGET + slot];
		sum->served += y->served;
		count_sum(&sum->in, &y->in);
		count_sum(&sum->out, &y->out);
	}
	for (i = child.top; i > 0 && IS_FORKER; i--) {
		c = &sh->tally[i];
		if (tally_slot(c) == slot) {
			sum->served += c->served;
			count_sum(&sum->in, &c->in);
			count_sum(&sum->out, &c->out);
		}
	}
	sum->live = (unsigned long)target_load(t);
}

/* Sessions of a plug now, in all processes. */
static unsigned long
status_live(struct plug *p)
{
	unsigned long n;
	int i;

	if (!IS_MASTER)
		return (unsigned long)sh->live[self.row][p->id];
	n = 0;
	for (i = 0; i <= child.top; i++)
		n += (unsigned long)sh->live[i][p->id];
	return n;
}

/*
 * How many there can be at once, of all plugs: -m of the only one, or what
 * the tables and descriptors hold.
 */
static unsigned long
status_limit(void)
{
	if (conf.file == (char *)0 && plugs[0].max > 0L)
		return (unsigned long)plugs[0].max;
	return (unsigned long)session.limit *
	    (IS_MASTER ? (unsigned long)conf.workers : 1);
}

/*
 * Clients that are remembered: entries that have not run out, of all plugs.
 */
static unsigned long
status_sticky(void)
{
	unsigned long n;
	int i, k;

	n = 0;
	for (i = 0; i < STICKYSETS; i++)
		for (k = 0; k < STICKYWAYS; k++)
			n += (unsigned long)sticky_valid(&sh->sticky[i][k]);
	return n;
}

/* Rows of targets in use. */
static unsigned long
status_rows(void)
{
	unsigned long n;
	int i;

	n = 0;
	for (i = 0; i < MAXTARGET; i++)
		n += (unsigned long)targets[i].used;
	return HAVE_FILE ? n : (unsigned long)plugs[0].ntarget;
}

/*
 * The target stands in its plug before: they are one to us, and shown once.
 */
static int
status_twin(struct plug *p, int t)
{
	int k;

	for (k = p->target; k < t; k++)
		if (SLOT_OF(k) == SLOT_OF(t))
			return 1;
	return 0;
}

/* Clients that wait: in the kernel's queues, and for a max. */
static unsigned long
status_waiting(struct tally *sum)
{
	return sum->waits + listen_queue((struct plug *)0);
}

/* How many of a plug's targets don't live; *n is how many it has. */
static unsigned long
status_dead(struct plug *p, unsigned long *n)
{
	unsigned long dead;
	int t;

	dead = *n = 0;
	for (t = p->target; t < p->target + p->ntarget; t++)
		if (!status_twin(p, t)) {
			++*n;
			dead += (unsigned long)(status_word(t) >= W_TRIAL);
		}
	return dead;
}

/* Seconds since a target's last failure; others' clocks may be ahead. */
static long
status_ago(struct health *h)
{
	return h->since.sec < now.sec ? now.sec - h->since.sec : 0L;
}

/*
 * Why a target failed last, as text of ours has it, if it did: others may
 * write there, whatever and whenever they like.
 */
static int
status_why(struct health *h, char *why)
{
	int i, c;

	for (i = 0; i < MAXWHY - 1 && (c = h->why[i] & 0377) != '\0'; i++)
		why[i] = (char)(c < ' ' || c > '~' || c == '\\' || c == '"' ||
		    c == '<' || c == '&' ? '?' : c);
	why[i] = '\0';
	return i > 0;
}

/* A target, for the log. */
static void
status_target(struct plug *p, int i)
{
	char why[MAXWHY];
	struct text *t;
	struct traffic y;
	struct health *h;

	h = &sh->health[SLOT_OF(i)];
	status_traffic(i, &y);
	t = log_start(listen_find(p, p->source.port));
	put_str(t, "status: target ");
	put_target(t, &targets[i], p->source.port);
	put_char(t, ' ');
	put_str(t, status_look(status_word(i))->word);
	put_field(t, " for ", (unsigned long)target_since(h));
	put_field(t, " s, sessions now ", y.live);
	put_field(t, ", ended ", y.served);
	put_field(t, ", failures ", (unsigned long)h->failures);
	put_str(t, ", bytes in ");
	put_count(t, &y.in);
	put_str(t, ", bytes out ");
	put_count(t, &y.out);
	if (status_why(h, why)) {
		put_str(t, ", last failure: ");
		put_str(t, why);
		put_field(t, ", ", (unsigned long)status_ago(h));
		put_str(t, " s ago");
	}
	log_end(TO_ERRORS, LOG_LEVEL_NOTICE);
}

/* What else there is to say of everything. */
static void
put_more(struct text *t, struct tally *sum)
{
	put_field(t, ", clients refused ", sum->denied);
	put_field(t, ", waiting ", status_waiting(sum));
	put_field(t, ", limit ", status_limit());
	put_field(t, ", up for ", (unsigned long)(now.sec - self.born));
	put_str(t, " s");
}
#else
#define put_more(t, sum) (void)0

/* A target, for the log. */
static void
status_target(struct plug *p, int i)
{
	struct text *t;
	struct health *h;

	h = &sh->health[i];
	t = log_start(listen_find(p, p->source.port));
	put_str(t, "status: target ");
	put_target(t, &targets[i], p->source.port);
	if (h->state == H_ALIVE)
		put_str(t, " alive");
	else {
		put_str(t, h->state == H_DEAD ? " dead" : " on trial");
		put_field(t, ", failed ",
		    (unsigned long)(now.sec - h->since.sec));
		put_str(t, " s ago");
	}
	log_end(TO_ERRORS, LOG_LEVEL_NOTICE);
}
#endif

/* What all processes have counted, in one line of the log. */
static void
put_sum(struct text *t)
{
	struct tally sum;

	status_sum(&sum);
	put_field(t, ", sessions now ", sum.live);
	put_field(t, ", ended ", sum.served);
	put_field(t, ", of these failed ", sum.failed);
	put_str(t, ", bytes in ");
	put_count(t, &sum.in);
	put_str(t, ", bytes out ");
	put_count(t, &sum.out);
	put_more(t, &sum);
}

/* For SIGUSR1: a line for all, and one for each target. */
static void
status_say(void)
{
	struct text *t;
	struct plug *p;
	int i, k;

	t = log_start(listen_only());
	put_str(t, "status: plug ");
	put_str(t, VERSION);
	if (STATUS_BLIND) {
		put_field(t, ", workers ", (unsigned long)child.live);
		put_str(t, ", each tells its own");
	} else
		put_sum(t);
	log_end(TO_ERRORS, LOG_LEVEL_NOTICE);
	for (i = 0; !STATUS_BLIND && i < NPLUG; i++) {
		p = PLUG_AT(i);
		for (k = 0; k < p->ntarget; k++)
			status_target(p, p->target + k);
	}
}

/*
 * ROLL: each session in a line.  SIGUSR2 calls the roll: every process writes
 * the lines of its own, some a turn of the loop, so that nobody waits for
 * ten thousand of them.
 *
 * Owns: how far that has come.
 * Calls: text log record session.
 */

#if HAVE_ROLL
#define ROLLTURN 64			/* lines in one turn */

static struct {
	int at;		/* 1 + the row that comes next; 0: none is wanted */
} roll;

/* SIGUSR2: from the first one on. */
static void
roll_call(void)
{
	roll.at = 1;
}

/* Some more of them.  What a child serves is the child's to tell. */
static void
roll_turn(void)
{
	struct session *s;
	int n;

	for (n = 0; roll.at > 0 && n < ROLLTURN; roll.at++) {
		if (roll.at > session.top) {
			roll.at = 0;
			return;
		}
		s = &sessions[roll.at - 1];
		if (s->state == S_FREE || s->state == S_CHILD)
			continue;
		record_roll(log_start(&listeners[s->listener]), s);
		log_end(TO_ERRORS, LOG_LEVEL_NOTICE);
		n++;
	}
}

#if HAVE_STATUS
/* A child's session, from what the child has counted by now. */
static void
roll_child(struct session *s)
{
	int i;

	for (i = 0; i < child.top; i++)
		if (children[i].pid > 0L &&
		    children[i].session == session_id(s))
			session_fold(s, &sh->tally[i + 1]);
}

/* GET /sessions: the next one of this process; 0 when there is none. */
static int
roll_piece(struct text *t, struct query *q)
{
	struct session *s;
	struct text *line;

	while (q->target < session.top && sessions[q->target].state == S_FREE)
		q->target++;
	if (q->target == session.top)
		return 0;
	s = &sessions[q->target++];
	if (s->state == S_CHILD)
		roll_child(s);
	line = log_start(&listeners[s->listener]);
	record_roll(line, s);
	put_str(t, line->p);
	put_char(t, '\n');
	return 1;
}
#endif

/* Milliseconds to sleep, of ms: none while there are more. */
static long
roll_sleep(long ms)
{
	return roll.at > 0 ? 0L : ms;
}
#else
#define roll_piece(t, q) 0
#define roll_turn() (void)0
#define roll_sleep(ms) (ms)
#endif

/*
 * PAGE: for people with a browser, of any age.  A page is made piece by
 * piece, a target at a time, as there is room to send it.
 *
 * Style sheets are for browsers of today; colours, the order of words and the
 * bars of characters are for those of 1995, and for lynx.
 *
 * Calls: text addr target listen status.
 */

#if HAVE_STATUS
/*
 * A text from outside, for the page or inside the quotes of a metric's label:
 * what is no printable ASCII as \ooo.
 */
static void
put_quoted(struct text *t, char *s, int page)
{
	int c;

	while ((c = *s++ & 0377) != '\0')
		if (page && c == '&')
			put_str(t, "&amp;");
		else if (page && c == '<')
			put_str(t, "&lt;");
		else {
			if (!page && (c < ' ' || c > '~' || c == '\\' ||
			    c == '"'))
				put_char(t, '\\');
			put_byte(t, c);
		}
}

/*
 * What a plug listens on, as its tag in the log has it, or a range of ports.
 */
static void
put_source(struct text *t, struct plug *p, int page)
{
	if (p->path != (char *)0) {
		put_quoted(t, p->path, page);
		return;
	}
	if (p->tagged)
		put_addr(t, &p->source);
	else
		put_num(t, (unsigned long)p->source.port);
	if (p->last != p->source.port)
		put_field(t, "-", (unsigned long)p->last);
}

/* A target; one that has the port of its client has none here. */
static void
put_where(struct text *t, struct target *g, int page)
{
	char name[MAXNAME + 8];
	struct text u;

	text_start(&u, name, (int)sizeof name);
	if (g->at.port != 0)
		put_target(&u, g, 0);
	else if (g->name != (char *)0)
		put_str(&u, g->name);
	else
		put_ip(&u, &g->at);
	put_quoted(t, name, page);
}

/* "1 session", "2 sessions", or, of most, "1 of 2 sessions". */
static void
put_several(struct text *t, unsigned long n, unsigned long most, char *what)
{
	put_grouped(t, n);
	if (most > 0) {
		put_str(t, " of ");
		put_grouped(t, most);
		n = most;
	}
	put_str(t, what);
	if (n != 1)
		put_char(t, 's');
}

/* In a state's colour, for old browsers too. */
static void
put_coloured(struct text *t, int word, char *s)
{
	put_str(t, "<font color=\"");
	put_str(t, status_look(word)->colour);
	put_str(t, "\">");
	put_str(t, s);
	put_str(t, "</font>");
}

/*
 * n of most, as a bar: old browsers show the characters in it.  What is not
 * nothing has a tenth at least.
 */
static void
put_bar(struct text *t, unsigned long n, unsigned long most)
{
	int i, tenths;

	tenths = most == 0 ? 0 : n >= most ? 10 : (int)(n * 10 / most);
	tenths += tenths == 0 && n > 0;
	put_field(t, "<meter value=\"", n);
	put_field(t, "\" max=\"", most > 0 ? most : 1L);
	put_str(t, "\">[");
	for (i = 0; i < 10; i++)
		put_char(t, i < tenths ? '#' : '.');
	put_str(t, "]</meter>");
}

/* What a target is for, beside its share. */
static void
put_part(struct text *t, struct target *g, int word)
{
	if (g->weight > 1L)
		put_field(t, ", weight ", (unsigned long)g->weight);
	if (g->backup)
		put_str(t, ", backup");
	if (g->drain && word != W_DRAIN)
		put_str(t, ", draining");
}

/* What has failed there, and when and why it did so last. */
static void
put_failures(struct text *t, struct health *h)
{
	char why[MAXWHY];

	put_several(t, (unsigned long)h->failures, 0L, " failure");
	if (!status_why(h, why))
		return;
	put_str(t, ", ");
	put_span(t, status_ago(h));
	put_str(t, " ago<br>\n");
	put_str(t, why);
}

/*
 * One target: name and state, sessions, bytes, failures.  It is a row of four
 * columns, or a paragraph where there is no room.
 */
static void
page_target(struct text *t, struct plug *p, int i)
{
	struct target *g;
	struct health *h;
	struct traffic y;
	int word;

	g = &targets[i];
	h = &sh->health[SLOT_OF(i)];
	word = status_word(i);
	status_traffic(i, &y);
	put_str(t, "<div class=\"t ");
	put_str(t, status_look(word)->style);
	put_str(t, "\"><span><b>");
	put_where(t, g, 1);
	put_str(t, "</b><br>\n");
	put_coloured(t, word, status_look(word)->word);
	put_str(t, " for ");
	put_span(t, target_since(h));
	put_part(t, g, word);
	put_str(t, "</span><br>\n<span>");
	put_several(t, y.live, (unsigned long)g->max, " session");
	put_str(t, ", ");
	put_grouped(t, y.served);
	put_str(t, " ended<br>\n");
	put_bar(t, y.live, g->max > 0L ? (unsigned long)g->max :
	    status_live(p));
	put_str(t, "</span><br>\n<span>");
	put_bytes(t, &y.in);
	put_str(t, " in<br>\n");
	put_bytes(t, &y.out);
	put_str(t, " out</span><br>\n<span>");
	put_failures(t, h);
	put_str(t, "</span></div>\n");
}

/* So many clients wait, if any do: as a target that is full looks. */
static void
page_waiting(struct text *t, unsigned long n)
{
	char some[48];
	struct text u;

	if (n == 0)
		return;
	text_start(&u, some, (int)sizeof some);
	put_several(&u, n, 0L, " client");
	put_str(&u, " waiting");
	put_str(t, ", ");
	put_coloured(t, W_FULL, some);
}

/*
 * A plug, before its targets: what it listens on, sessions, the way it
 * chooses.
 */
static void
page_plug(struct text *t, struct plug *p)
{
	unsigned long n;

	put_str(t, "<h2>");
	put_source(t, p, 1);
	if (status_dead(p, &n) == n) {
		put_str(t, " - ");
		put_coloured(t, W_DEAD, "no target lives");
	}
	put_str(t, "</h2>\n<p>");
	put_several(t, status_live(p), (unsigned long)p->max, " session");
	page_waiting(t, listen_queue(p));
	put_str(t, ", ");
	put_str(t, balance_names[p->balance < 0 ? 0 : p->balance]);
	if (p->sticky)
		put_str(t, ", sticky");
	if (p->check > 0L) {
		put_str(t, ", probes every ");
		put_span(t, p->check);
	}
	put_str(t, "</p>\n");
}

/* How full a table is. */
static void
page_limit(struct text *t, char *what, unsigned long n, unsigned long most)
{
	put_str(t, "<div class=\"l\"><span>");
	put_str(t, what);
	put_str(t, "</span> <span>");
	put_grouped(t, n);
	put_str(t, " of ");
	put_grouped(t, most);
	put_str(t, "</span> ");
	put_bar(t, n, most);
	put_str(t, "<br></div>\n");
}

/* How many of the targets live, in the worst one's colour. */
static void
page_health(struct text *t)
{
	unsigned long n, dead, some;
	char name[MAXNAME + 1];
	int i;

	n = dead = 0;
	for (i = 0; i < NPLUG; i++) {
		dead += status_dead(PLUG_AT(i), &some);
		n += some;
	}
	host_name(name, (int)sizeof name);
	put_str(t, "<h1>");
	put_coloured(t, dead > 0 ? W_DEAD : W_ALIVE, "plug");
	put_str(t, name[0] != '\0' ? " on " : "");
	put_quoted(t, name, 1);
	put_str(t, "</h1>\n<p>");
	put_several(t, dead, n, " target");
	put_str(t, " dead</p>\n");
}

/* Everything together: what all plugs and all processes have counted. */
static void
page_totals(struct text *t)
{
	struct tally sum;

	status_sum(&sum);
	put_str(t, "<p>");
	put_several(t, sum.live, 0L, " session");
	page_waiting(t, status_waiting(&sum));
	put_str(t, ", ");
	put_grouped(t, sum.served);
	put_str(t, " ended, ");
	put_grouped(t, sum.failed);
	put_str(t, " of these badly; ");
	put_several(t, sum.denied, 0L, " client");
	put_str(t, " refused; ");
	put_bytes(t, &sum.in);
	put_str(t, " in, ");
	put_bytes(t, &sum.out);
	put_str(t, " out; up for ");
	put_span(t, now.sec - self.born);
	put_str(t, "</p>\n");
}

/* The last of the page: what has a limit. */
static void
page_limits(struct text *t)
{
	struct tally sum;

	put_str(t, "<h2>Limits</h2>\n");
	status_sum(&sum);
	page_limit(t, "sessions", sum.live, status_limit());
	page_limit(t, "plugs", (unsigned long)NPLUG, (unsigned long)MAXPLUG);
	page_limit(t, "targets", status_rows(), (unsigned long)MAXTARGET);
	page_limit(t, "rules", (unsigned long)rule.n, (unsigned long)MAXRULE);
	page_limit(t, "sticky clients", status_sticky(),
	    (unsigned long)STICKYSETS * STICKYWAYS);
	if (child.live > 0)
		page_limit(t, "processes", (unsigned long)child.live,
		    conf.fork ? (unsigned long)MAXCHILD :
		    (unsigned long)conf.workers);
	put_str(t, "<p><br>plug ");
	put_str(t, VERSION);
	put_str(t,
	    " - <a href=\"/metrics\">metrics</a></p>\n</body></html>\n");
}

/* To the next target, plug by plug; a plug's row -1 is itself.  0: no more. */
static int
page_step(struct query *q)
{
	struct plug *p;

	for (;;) {
		if (q->plug == NPLUG)
			return 0;
		p = PLUG_AT(q->plug);
		if (++q->target == p->ntarget) {
			q->plug++;
			q->target = -2;
		} else if (q->target < 0 ||
		    !status_twin(p, p->target + q->target))
			return 1;
	}
}

/* One of the page's first lines: 0 behind the last. */
static int
page_head(struct text *t, int i)
{
	static char *top[] = {
"<!DOCTYPE html>\n",
"<html lang=\"en\"><head><meta charset=\"utf-8\">\n",
"<meta http-equiv=\"refresh\" content=\"5\">\n",
"<meta name=\"viewport\" content=\"width=device-width\">\n",
"<title>plug</title>\n",
"<style><!--\n:root{color-scheme:light dark}\n",
"body{font:16px/1.5 sans-serif;max-width:72em;margin:0 auto;padding:1em;\n",
"font-variant:no-common-ligatures tabular-nums;overflow-wrap:anywhere}\n",
"h1,h2,p{margin:0}h1{font-size:1.6em}h2{font-size:1.2em;margin-top:1.6em}\n",
"p{color:#666}font{font-weight:bold}\n",
".t{display:grid;gap:0 1.5em;padding:.5em .8em;margin-top:.5em;\n",
"grid-template-columns:minmax(0,6fr) minmax(0,4fr) 7em minmax(0,4fr);\n",
"border-left:.4em solid;border-radius:.3em;background:#f5f6f7}\n",
".up{border-color:#0a7a33}.wait{border-color:#c98300}\n",
".new{border-color:#8a949e}\n",
".down{border-color:#c01818;background:#fdeeee}\n",
".l{display:grid;grid-template-columns:11em 11em minmax(0,1fr);\n",
"gap:0 1em;align-items:center}.t>br,.l br{display:none}meter{width:100%}\n",
"@media(max-width:46em){.t{grid-template-columns:minmax(0,1fr)}\n",
".l{grid-template-columns:1fr 1fr}.l meter{grid-column:1/3}}\n",
"@media(prefers-color-scheme:dark){body{background:#14171a;color:#dde}\n",
"p{color:#9aa4ae}.t{background:#1f2428}.down{background:#2c1618}\n",
"font{filter:brightness(2)}a{color:#8bf}}\n",
"--></style></head>\n",
"<body bgcolor=\"#ffffff\" text=\"#222222\">\n",
	0 };

	put_str(t, top[i]);
	return top[i + 1] != 0;
}

/* The next piece of the page: 0 when there is none. */
static int
page_piece(struct text *t, struct query *q)
{
	struct plug *p;

	switch (q->part) {
	case 0:
		if (page_head(t, q->target++))
			return 1;
		page_health(t);
		page_totals(t);
		q->part = 1;
		q->target = -2;
		return 1;
	case 1:
		if (page_step(q)) {
			p = PLUG_AT(q->plug);
			if (q->target < 0)
				page_plug(t, p);
			else
				page_target(t, p, p->target + q->target);
			return 1;
		}
		page_limits(t);
		q->part = 2;
		return 1;
	}
	return 0;
}
#endif

/*
 * METRIC: Prometheus' text format, version 0.0.4.  Those of the daemon come
 * first, then those of plugs, then those of targets; labels are the plug's
 * number, its source, and the target.  What a plug or target has none of, a
 * limit or a failure, has no line.
 *
 * Names and types stand in one table; a value is asked for by its place there.
 *
 *	from the first on	numbers of the daemon
 *	METRIC_BYTES		its bytes, which one long can't always hold
 *	METRIC_TABLES		what its tables have and could have
 *	METRIC_PLUGS		a line for each plug
 *	METRIC_TARGETS		one for each target, the last two in bytes
 *
 * Calls: self text target listen status page.
 */

#if HAVE_STATUS
static struct {
	char *name;
	int counter;
	char *help;
} metrics[] = {
	{ "info", 0, "Version of plug, and its machine." },
	{ "uptime_seconds", 0, "Time since plug was started." },
	{ "processes", 0, "Children and the first process." },
	{ "sessions", 0, "Sessions now." },
	{ "sessions_limit", 0, "Sessions that there is room for." },
	{ "sessions_ended_total", 1, "Sessions that ended." },
	{ "sessions_failed_total", 1, "Sessions that ended badly." },
	{ "clients_refused_total", 1, "Clients that rules or -M refused." },
	{ "waiting_clients", 0, "Clients that wait to be served." },
#define METRIC_BYTES 9
	{ "client_bytes_total", 1, "Bytes from clients." },
	{ "server_bytes_total", 1, "Bytes from targets." },
#define METRIC_TABLES 11
	{ "plugs", 0, "Plugs." },
	{ "plugs_limit", 0, "Plugs that there is room for." },
	{ "targets", 0, "Targets of all plugs." },
	{ "targets_limit", 0, "Targets that there is room for." },
	{ "rules", 0, "Rules of all plugs." },
	{ "rules_limit", 0, "Rules that there is room for." },
	{ "sticky_clients", 0, "Clients that -f remembers." },
	{ "sticky_clients_limit", 0, "Clients that it has room for." },
#define METRIC_PLUGS 19
	{ "source_sessions", 0, "Sessions of the plug now." },
	{ "source_sessions_limit", 0, "Its -m." },
	{ "source_waiting_clients", 0, "Clients in the kernel's queue." },
	{ "source_targets_up", 0, "Its targets that live." },
#define METRIC_TARGETS 23
	{ "target_up", 0, "1 while the target lives." },
	{ "target_sessions", 0, "Sessions at the target now." },
	{ "target_sessions_limit", 0, "Its max." },
	{ "target_sessions_ended_total", 1, "Sessions that ended there." },
	{ "target_failures_total", 1, "Connects and probes that failed." },
	{ "target_failure_seconds", 0, "Time since the last of them." },
	{ "target_state_seconds", 0, "Time since it died or came back." },
#define METRIC_INFO 30
	{ "target_info", 0, "What it is for, and how it failed last." },
	{ "target_client_bytes_total", 1, "Bytes from clients to it." },
	{ "target_server_bytes_total", 1, "Bytes from it." },
	{ 0, 0, 0 }
};

/* Every name begins with plug_. */
static void
metric_name(struct text *t, int m)
{
	put_str(t, "plug_");
	put_str(t, metrics[m].name);
}

/* What a metric is: a line of help, and its type. */
static void
metric_head(struct text *t, int m)
{
	put_str(t, "# HELP ");
	metric_name(t, m);
	put_char(t, ' ');
	put_str(t, metrics[m].help);
	put_str(t, "\n# TYPE ");
	metric_name(t, m);
	put_str(t, metrics[m].counter ? " counter\n" : " gauge\n");
}

/* What fills a table, and its size; in the order of the metrics of both. */
static unsigned long
metric_table(int m)
{
	switch (m) {
	case METRIC_TABLES:
		return (unsigned long)NPLUG;
	case METRIC_TABLES + 1:
		return (unsigned long)MAXPLUG;
	case METRIC_TABLES + 2:
		return status_rows();
	case METRIC_TABLES + 3:
		return (unsigned long)MAXTARGET;
	case METRIC_TABLES + 4:
		return (unsigned long)rule.n;
	case METRIC_TABLES + 5:
		return (unsigned long)MAXRULE;
	case METRIC_TABLES + 6:
		return status_sticky();
	}
	return (unsigned long)STICKYSETS * STICKYWAYS;
}

/* One of the whole daemon's, as they stand in the table. */
static void
metric_total(struct count *v, int m)
{
	unsigned long n[METRIC_TABLES];
	struct tally sum;

	status_sum(&sum);
	n[0] = 1;
	n[1] = (unsigned long)(now.sec - self.born);
	n[2] = (unsigned long)child.live + 1;
	n[3] = sum.live;
	n[4] = status_limit();
	n[5] = sum.served;
	n[6] = sum.failed;
	n[7] = sum.denied;
	n[8] = m == 8 ? status_waiting(&sum) : 0;
	count_add(v, m < METRIC_BYTES ? n[m] :
	    m >= METRIC_TABLES ? metric_table(m) : 0);
	if (m >= METRIC_BYTES && m < METRIC_TABLES)
		count_sum(v, m == METRIC_BYTES ? &sum.in : &sum.out);
}

/* One of a plug's: 0 if it has none. */
static int
metric_plug(struct count *v, int m, struct plug *p)
{
	unsigned long n[4], dead;

	n[0] = status_live(p);
	n[1] = (unsigned long)p->max;
	n[2] = m == 2 ? listen_queue(p) : 0;
	dead = status_dead(p, &n[3]);
	n[3] -= dead;
	count_add(v, n[m]);
	return m != 1 || n[m] > 0;
}

/* One of a target's: 0 if it has none. */
static int
metric_target(struct count *v, int m, int i)
{
	unsigned long n[8];
	struct traffic y;
	struct health *h;

	h = &sh->health[SLOT_OF(i)];
	status_traffic(i, &y);
	n[0] = (unsigned long)(h->state == H_ALIVE);
	n[1] = y.live;
	n[2] = (unsigned long)targets[i].max;
	n[3] = y.served;
	n[4] = (unsigned long)h->failures;
	n[5] = (unsigned long)status_ago(h);
	n[6] = (unsigned long)target_since(h);
	n[7] = 1;
	if (m < 8)
		count_add(v, n[m]);
	else
		count_sum(v, m == 8 ? &y.in : &y.out);
	return m == 2 ? n[2] > 0 : m != 5 || h->failures > 0L;
}

/* A line of the daemon's. */
static void
metric_line(struct text *t, int m)
{
	char name[MAXNAME + 1];
	struct count v;

	v.hi = v.lo = 0;
	metric_total(&v, m);
	metric_name(t, m);
	if (m == 0) {
		host_name(name, (int)sizeof name);
		put_str(t, "{version=\"");
		put_str(t, VERSION);
		put_str(t, "\",host=\"");
		put_quoted(t, name, 0);
		put_str(t, "\"}");
	}
	put_char(t, ' ');
	put_count(t, &v);
	put_char(t, '\n');
}

/* The labels of target_info, beside those of every target. */
static void
metric_labels(struct text *t, int i)
{
	char why[MAXWHY];

	put_field(t, "\",weight=\"", (unsigned long)targets[i].weight);
	put_field(t, "\",backup=\"", (unsigned long)targets[i].backup);
	put_field(t, "\",drain=\"", (unsigned long)targets[i].drain);
	put_str(t, "\",failure=\"");
	(void)status_why(&sh->health[SLOT_OF(i)], why);
	put_str(t, why);
}

/* A line of the plug or target where the query is, if it has that. */
static void
metric_row(struct text *t, struct query *q)
{
	struct count v;
	struct plug *p;
	int i, m;

	p = PLUG_AT(q->plug);
	i = p->target + q->target;
	m = q->part;
	v.hi = v.lo = 0;
	if (!(q->target < 0 ? metric_plug(&v, m - METRIC_PLUGS, p) :
	    metric_target(&v, m - METRIC_TARGETS, i)))
		return;
	metric_name(t, m);
	put_field(t, "{plug=\"", (unsigned long)q->plug + 1);
	put_str(t, "\",source=\"");
	put_source(t, p, 0);
	if (q->target >= 0) {
		put_str(t, "\",target=\"");
		put_where(t, &targets[i], 0);
		if (m == METRIC_INFO)
			metric_labels(t, i);
	}
	put_str(t, "\"} ");
	put_count(t, &v);
	put_char(t, '\n');
}

/* The next piece of the metrics: 0 when there is none. */
static int
metric_piece(struct text *t, struct query *q)
{
	if (metrics[q->part].name == 0)
		return 0;
	if (q->plug < 0) {
		metric_head(t, q->part);
		if (q->part < METRIC_PLUGS) {
			metric_line(t, q->part++);
			return 1;
		}
		q->plug = 0;
		q->target = -2;
	} else if (!page_step(q)) {
		q->part++;
		q->plug = -1;
	} else if ((q->target < 0) == (q->part < METRIC_TARGETS))
		metric_row(t, q);
	return 1;
}
#endif

/*
 * QUERY: the little server of -s.  It answers HTTP/1.0 (RFC 1945): an answer
 * ends with its connection.  A client has one small buffer, however long the
 * answer, and a time after which it is cut: nobody can keep plug from its
 * work by asking.
 *
 * A request is taken byte by byte and only its first line is kept.  The
 * answer is made while it is sent, from the state of that moment; a reload in
 * between cuts it, since what it told of is no more.
 *
 * Owns: its listener, and its clients' rows.
 * Calls: self text log listen roll page metric.
 */

#if HAVE_STATUS
static struct {
	struct query row[MAXSTATUS];
	struct listener door;	/* where its clients come to */
	long mode;	/* of a unix socket there */
	int live;	/* rows in use */
	int sick;	/* no descriptor for a client: rest */
} query;

#define STATUS_ASKED (query.door.at.family != 0)
#define STATUS_DOOR (&query.door)
#define STATUS_FD query.door.fd

/* -s: they come to this listener. */
static void
query_ask(struct listener *l, long mode)
{
	query.door = *l;
	query.mode = mode;
}

/* Listen there, if that was asked for: 0, or -1 when that was said. */
static int
query_open(void)
{
	if (!STATUS_ASKED || listen_bind(&query.door, query.mode) == 0)
		return 0;
	log_trouble(&query.door, "server bind", errno);
	return -1;
}

/* The head of an answer, and all of it where that is short. */
static void
query_head(struct text *t, struct query *q)
{
	static char *lines[] = {
		"200 OK\r\nContent-Type: text/html; charset=utf-8",
	"200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8",
		"200 OK\r\nContent-Type: text/plain",
		"404 Not Found\r\nContent-Type: text/plain",
		"400 Bad Request\r\nContent-Type: text/plain"
	};
	static char *texts[] = { "", "", "", "not found\n", "bad request\n" };

	if (!q->bare) {
		put_str(t, "HTTP/1.0 ");
		put_str(t, lines[q->answer]);
		put_str(t, "\r\nCache-Control: no-store");
		put_str(t, "\r\nConnection: close\r\n\r\n");
	}
	if (!q->only)
		put_str(t, texts[q->answer]);
	q->plug = q->answer == A_PAGE ? 0 : -1;
}

/* The next piece of an answer: 0 when there is none. */
static int
query_piece(struct text *t, struct query *q)
{
	if (q->part < 0) {
		query_head(t, q);
		q->part = 0;
		return 1;
	}
	if (q->only || q->answer > A_ROLL)
		return 0;
	if (q->answer == A_ROLL)
		return roll_piece(t, q);
	return q->answer == A_PAGE ? page_piece(t, q) : metric_piece(t, q);
}

/* Fill the buffer with as many whole pieces as it holds; one is cut to it. */
static void
query_fill(struct query *q)
{
	struct text t;
	int part_was, plug_was, target_was, len;

	text_start(&t, q->buf, STATUSBUF);
	do {
		part_was = q->part;
		plug_was = q->plug;
		target_was = q->target;
		len = t.len;
	} while (query_piece(&t, q) && t.len < t.max);
	if (t.len == t.max && len > 0) {
		q->part = part_was;
		q->plug = plug_was;
		q->target = target_was;
		t.len = len;
	}
	q->off = 0;
	q->len = t.len;
}

/* New clients are wanted while there is a row for them. */
static void
query_gate(void)
{
	if (!STATUS_ASKED || query.door.fd < 0)
		return;
	(void)ev_set(query.door.fd, ID_STATUS,
	    query.live < MAXSTATUS && !query.sick ? EV_READ : 0);
}

/* The row is free, and so is a place for the next client. */
static void
query_close(struct query *q)
{
	ev_drop(q->fd);
	(void)sys_close(q->fd);
	q->state = Q_FREE;
	query.live--;
	query.sick = 0;
	query_gate();
}

/* A half answer must not pass for a whole one. */
static void
query_cut(struct query *q)
{
	(void)sock_option(q->fd, OPT_RESET);
	query_close(q);
}

/* This is not for -s any more: the process ends, or is a child. */
static void
query_close_all(int ends)
{
	struct query *q;

	if (!STATUS_ASKED)
		return;
	listen_close(&query.door);
	for (q = query.row; q < query.row + MAXSTATUS; q++)
		if (ends && q->state == Q_SEND)
			query_cut(q);
		else if (q->state != Q_FREE)
			query_close(q);
}

/*
 * Send what there is, and make more.  One write an event: other clients
 * and the sessions have their turn.
 */
static void
query_send(struct query *q)
{
	long n;

	if (q->age != plug.age) {
		query_cut(q);
		return;
	}
	if (q->len == 0)
		query_fill(q);
	if (q->len == 0) {
		(void)sys_shutdown(q->fd, 1);
		q->state = Q_END;
		return;
	}
	n = (long)sys_write(q->fd, q->buf + q->off, (unsigned)q->len);
	if (n < 0L && !again())
		query_close(q);
	if (n > 0L) {
		q->off += (int)n;
		q->len -= (int)n;
	}
}

/* The request is complete, or not one: answer. */
static void
query_answer(struct query *q, int answer)
{
	q->state = Q_SEND;
	q->answer = answer;
	q->age = plug.age;
	q->part = -1;
	q->target = q->off = q->len = 0;
}

/* HTTP/ and two digits with a dot between them. */
static int
query_version(char *s)
{
	return scan_key(&s, "HTTP/") && is_digit(s[0]) && s[1] == '.' &&
	    is_digit(s[2]) && s[3] == '\0';
}

/*
 * What is answered for this path.  Who the clients are is told on a unix
 * socket alone.
 */
static int
query_path(char *path)
{
	if (str_same(path, "/"))
		return A_PAGE;
	if (str_same(path, "/metrics"))
		return A_METRICS;
	return HAVE_ROLL && str_same(path, "/sessions") &&
	    query.door.at.family == UNIX ? A_ROLL : A_NONE;
}

/* The first line, with nothing behind the path for HTTP/0.9: true if bad. */
static int
query_line(struct query *q)
{
	char *p, *method, *path;
	int get;

	q->buf[q->len] = '\0';
	p = q->buf;
	method = scan_word(&p);
	path = scan_word(&p);
	get = str_same(method, "GET");
	q->only = str_same(method, "HEAD");
	if (*method == '\0' || *path == '\0' ||
	    !(*p == '\0' ? get : query_version(p)))
		return 1;
	q->bare = *p == '\0';
	q->answer = get || q->only ? query_path(path) : A_NONE;
	q->state = Q_START;
	if (q->bare)
		query_answer(q, q->answer);
	return 0;
}

/* The next byte of a line, or the LF that ends it: true if it may not be. */
static int
query_byte(struct query *q, int c)
{
	switch (q->state) {
	case Q_LINE:
		if (c == '\n')
			return query_line(q);
		q->buf[q->len++] = (char)c;
		return c == '\t' || q->len == STATUSBUF;
	case Q_START:
		q->state = Q_NAME;
		if (c == '\n')
			query_answer(q, q->answer);
		return c == ':' || c == ' ' || c == '\t';
	case Q_NAME:
		if (c == ':')
			q->state = Q_VALUE;
		return c == '\n' || c == ' ' || c == '\t';
	}
	if (c == '\n')
		q->state = Q_START;
	return 0;
}

/* A byte of the request.  RFC 9112 says what is malformed; CR is for LF. */
static void
query_take(struct query *q, int c)
{
	int bad;

	if (q->cr)
		bad = c != '\n';
	else
		bad = c == 0177 || (c < ' ' && c != '\t' && c != '\r' &&
		    c != '\n');
	q->cr = c == '\r';
	if (bad || ++q->seen > MAXREQUEST || (!q->cr && query_byte(q, c)))
		query_answer(q, A_BAD);
}

/*
 * Hear the request, or whatever comes behind the answer, which is thrown away
 * up to its end: closing before it might cut the answer.
 */
static void
query_hear(struct query *q)
{
	long n;
	int i;

	n = (long)sys_read(q->fd, SCRATCH, BUFSZ);
	if (n < 0L && again())
		return;
	if (n < 0L || (n == 0L && (q->seen == 0 || q->state == Q_END))) {
		query_close(q);
		return;
	}
	if (n == 0L)
		query_answer(q, A_BAD);
	for (i = 0; i < (int)n && q->state < Q_SEND; i++)
		query_take(q, SCRATCH[i] & 0377);
}

/* Want what this client of -s waits for. */
static void
query_arm(struct query *q)
{
	if (q->state != Q_FREE &&
	    ev_set(q->fd, ID_STATUS + 1 + (int)(q - query.row),
	    q->state == Q_SEND ? EV_WRITE : EV_READ) < 0)
		query_close(q);
}

/* A client of -s has come, if there is a row for it. */
static void
query_accept(void)
{
	struct query *q;
	union sockany u;
	int fd;

	q = query.row;
	while (q < query.row + MAXSTATUS && q->state != Q_FREE)
		q++;
	if (q == query.row + MAXSTATUS)
		return;
	fd = listen_take(query.door.fd, &u);
	if (fd < 0) {
		query.sick = !again();
		query_gate();
		return;
	}
	mem_zero(q, sizeof *q);
	q->fd = fd;
	q->state = Q_LINE;
	q->born = now;
	query.live++;
	query_arm(q);
	query_gate();
}

/* An event of the listener of -s, or of a client of it. */
static void
query_event(int id)
{
	struct query *q;

	if (id == ID_STATUS) {
		query_accept();
		return;
	}
	q = &query.row[id - ID_STATUS - 1];
	if (q->state == Q_FREE)
		return;
	if (q->state == Q_SEND)
		query_send(q);
	else
		query_hear(q);
	query_arm(q);
}

/* Once a second: clients whose time is up. */
static void
query_sweep(void)
{
	struct query *q;

	if (!STATUS_ASKED)
		return;
	for (q = query.row; q < query.row + MAXSTATUS; q++)
		if (q->state != Q_FREE &&
		    elapsed(&q->born, (long)STATUSSECS))
			query_cut(q);
		else
			query_arm(q);
	query.sick = 0;
	query_gate();
}

/* Something waits for that. */
static int
query_timed(void)
{
	return query.live > 0 || query.sick;
}
#else
#define query_close_all(ends) (void)0
#define query_event(id) (void)0
#define query_gate() (void)0
#define query_open() 0
#define query_sweep() (void)0
#define query_timed() 0
#define STATUS_ASKED 0
#define STATUS_DOOR listeners
#define STATUS_FD (-1)
#endif

/*
 * PID: the pid file.  It is written through one descriptor, which is open and
 * locked as long as plug runs: a file of that name that is another's, a link,
 * or locked by a plug that lives, is left alone.
 *
 * Two starts at once can't both have it: the lock decides, not what the file
 * says.  It may be gone or be another's when plug ends; then it is left
 * alone.
 *
 * Owns: that descriptor.
 * Calls: self text log.
 */

static struct {
	int fd;		/* above 0 while the file is open */
	int stale;	/* the file does not show the children */
	unsigned owner;	/* who we were when it was opened */
} pid;

/* Children have come or gone: it is to be written. */
static void
pid_change(void)
{
	pid.stale = 1;
}

/*
 * True when the pid file is safe to write: a plain file of ours with one
 * name, and the one that the name still stands for.
 */
static int
pid_ours(void)
{
	struct stat ours, st;

	return sys_fstat(pid.fd, &ours) == 0 && S_ISREG(ours.st_mode) &&
	    ours.st_nlink == 1 && (unsigned)ours.st_uid == pid.owner &&
	    sys_lstat(conf.pidfile, &st) == 0 &&
	    st.st_ino == ours.st_ino && st.st_dev == ours.st_dev;
}

/*
 * Write the file anew through its one descriptor, then cut what is left: 0,
 * or -1 with errno.
 */
static int
pid_write(void)
{
	struct text t;
	char buf[MAXTEXT];
	long size;
	int i;

	pid.stale = 0;
	if (pid.fd <= 0)
		return 0;
	text_start(&t, buf, MAXTEXT);
	put_num(&t, (unsigned long)getpid());
	put_char(&t, '\n');
	size = 0L;
	(void)sys_lseek(pid.fd, (off_t)0, 0);
	for (i = 0; i <= child.top; i++) {
		if (i == child.top || t.len > MAXTEXT - 32) {
			size += t.len;
			if (sys_write(pid.fd, buf, (unsigned)t.len) !=
			    (long)t.len)
				return -1;
			text_start(&t, buf, MAXTEXT);
		}
		if (i < child.top && children[i].pid > 0L) {
			put_num(&t, (unsigned long)children[i].pid);
			put_char(&t, '\n');
		}
	}
	return file_cut(pid.fd, size);
}

/*
 * Open, lock and write the pid file: 0, or -1 when that was said to be
 * impossible.  The lock is this process's for good: it goes when any
 * descriptor of the file is closed, so that there is only one.
 */
static int
pid_open(void)
{
	int tries, locked;

	pid.owner = (unsigned)geteuid();
	for (tries = 0; tries < 10; tries += locked) {
		pid.fd = sys_open(conf.pidfile, O_RDWR | O_CREAT | O_NOFOLLOW |
		    O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644);
		locked = pid.fd >= 0 && file_lock(pid.fd) == 0;
		if (pid.fd < 0 || (locked && pid_ours())) {
			if (pid.fd >= 0 && pid_write() == 0)
				return 0;
			log_trouble((struct listener *)0, conf.pidfile, errno);
			return -1;
		}
		(void)sys_close(pid.fd);
		pid.fd = -1;
		if (!locked && !self_waits())
			break;
	}
	(void)log_usage(tries < 10 ? "another plug has the pid file" :
	    "not safe as a pid file", conf.pidfile);
	return -1;
}

/* Remove the file if it is still ours, or empty it where we can't. */
static void
pid_remove(void)
{
	if (pid.fd <= 0)
		return;
	if (!pid_ours() || sys_unlink(conf.pidfile) < 0)
		(void)file_cut(pid.fd, 0L);
	(void)sys_close(pid.fd);
	pid.fd = -1;
}

/* It is the master's alone: a child has no descriptor of it. */
static void
pid_close(void)
{
	if (pid.fd > 0)
		(void)sys_close(pid.fd);
	pid.fd = 0;
}

/*
 * RIGHTS: what a daemon gives up: the terminal, descriptors 0 to 2, the
 * folder, the user.  The starting command waits until plug serves.
 *
 * The order is chroot, groups, group, user, and then what the system has to
 * bind a process further; each step is looked at, and any that fails ends the
 * start.
 *
 * Who keeps services, as systemd does, may want to hear of it too: see
 * sd_notify(3).  The first process tells, and never waits: what is not taken
 * at once is lost.
 *
 * Owns: the pipe on which the starting command waits, and that socket.
 * Calls: text log.
 */

static struct {
	int lifeline;	/* the starting command waits on it, or 0 */
#if HAVE_SERVICE
	int keeper;	/* the socket of NOTIFY_SOCKET, or 0 */
#endif
} rights;

#if HAVE_SERVICE
/* It is connected while it can be reached: before -R and -u. */
static void
rights_hello(void)
{
	char *path;
	int fd;

	path = env_take("NOTIFY_SOCKET");
	if (path == 0)
		return;
	fd = notify_open(path);
	if (fd < 0)
		log_trouble((struct listener *)0, "NOTIFY_SOCKET", errno);
	else
		rights.keeper = fd;
}

/* Our state, who we are, and the moment where the clock is systemd's. */
static void
rights_say(char *state)
{
	struct stamp then;
	struct text t;
	char buf[128];

	if (rights.keeper == 0)
		return;
	clock_now(&then.sec, &then.usec);
	text_start(&t, buf, (int)sizeof buf);
	put_str(&t, state);
	put_field(&t, "=1\nMAINPID=", (unsigned long)getpid());
	put_field(&t, "\nMONOTONIC_USEC=", (unsigned long)then.sec);
	put_digits(&t, (unsigned long)then.usec, 6);
	(void)sys_send(rights.keeper, buf, (unsigned)t.len);
}

/* A child has nothing to tell there. */
static void
rights_leave_keeper(void)
{
	if (rights.keeper > 0)
		(void)sys_close(rights.keeper);
	rights.keeper = 0;
}

#define KEEPER (rights.keeper > 0)
#else
#define rights_hello() (void)0
#define rights_say(state) (void)0
#define rights_leave_keeper() (void)0
#define KEEPER 0
#endif

/*
 * Go to the background: the starting command stays until rights_tell(),
 * and ends with our status if we end before that.  0, or an errno.
 */
static int
rights_detach(void)
{
	int p[2];
	char status;
	long who;

	if (sys_pipe(p) < 0)
		return errno;
	who = (long)sys_fork();
	if (who < 0L)
		return errno;
	if (who > 0L) {
		(void)sys_close(p[1]);
		status = END_SYSTEM;
		while (sys_read(p[0], &status, 1) < 0 && again())
			continue;
		_exit(status);
	}
	(void)sys_close(p[0]);
	fd_prepare(p[1]);
	rights.lifeline = p[1];
	detach();
	return 0;
}

/* Tell the starting command how it went. */
static void
rights_tell(int status)
{
	char c;

	if (rights.lifeline == 0)
		return;
	c = (char)status;
	(void)sys_write(rights.lifeline, &c, 1);
	(void)sys_close(rights.lifeline);
	rights.lifeline = 0;
}

/* A child has nothing to tell there. */
static void
rights_child(void)
{
	if (rights.lifeline > 0)
		(void)sys_close(rights.lifeline);
	rights.lifeline = 0;
	rights_leave_keeper();
}

/* 0 to 2 are not ours any more, nor our children's. */
static void
rights_leave(int null)
{
	int i;

	for (i = 0; i < 3 && null >= 0; i++)
		(void)sys_dup2(null, i);
	if (null > 2)
		(void)sys_close(null);
	log_detach();
}

/*
 * Give up the rights that -R and -u say: 0, or -1 with errno and *what.  The
 * zone of local time is read before it is out of reach.
 */
static int
rights_drop(char **what)
{
	*what = conf.root;
	if (HAVE_ROOT && conf.root != (char *)0 && (!clock_local() ||
	    sys_chdir(conf.root) < 0 ||
	    sys_chroot(".") < 0 || sys_chdir("/") < 0))
		return -1;
	*what = "user";
	if (conf.uid != NEVER && become(conf.uid, conf.gid) < 0)
		return -1;
	*what = "rights";
	return harden(conf.fork || conf.workers > 0L);
}

/*
 * OPTION: one table drives the parser, the usage text, and what a line of the
 * file may say.  An OPTION has a value, a SWITCH none; a SWITCH2 is 2 where
 * its letter stands twice side by side, or --name=2; OWN ones are a plug's,
 * the others are the daemon's.
 *
 * A new option is a line of the table.  A number or a switch needs no more
 * than where it goes; a word needs a function in the next room, and a case in
 * words_apply().  The parser, the usage text, and what a line of the file may
 * say follow from the table, and a test wants the letter in plug.1 and
 * README.
 *
 * Owns: what the command line gave beside the table.
 * Calls: text log pick.
 */

#define ANYSECS (-1)			/* in the table: MAXSECS */

/* Whose option it is. */
#define DAEMON 0
#define OWN 2			/* a plug's: a line of the file may have it */

#if HAVE_LONG
struct option {
	int letter;
	int whose;
	int min;		/* of a number; 2 of a SWITCH2 */
	int max;		/* of a number, or 0, or ANYSECS */
	char *value;		/* what its value is, or 0 for a switch */
	long *number;	/* where a number goes, or what a switch counts */
	char *name;		/* long */
	char *help;
};
#define OPTION(letter, whose, value, min, max, number, name, help) \
	{ letter, whose, min, max, value, number, name, help }
#define SWITCH(letter, whose, number, name, help) \
	{ letter, whose, 0, 0, 0, number, name, help }
#define SWITCH2(letter, whose, number, name, help) \
	{ letter, whose, 2, 0, 0, number, name, help }
#define OPTION_VALUE(o) ((o)->value != 0)
#define OPTION_OWN(o) ((o)->whose == OWN)
#else
struct option {
	char letter;
	char how;		/* whose it is, and 1 if it has a value */
	short min;		/* of a number; 2 of a SWITCH2 */
	int max;		/* of a number, or 0, or ANYSECS */
	long *number;	/* where a number goes, or what a switch counts */
};
#define OPTION(letter, whose, value, min, max, number, name, help) \
	{ letter, whose | 1, min, max, number }
#define SWITCH(letter, whose, number, name, help) \
	{ letter, whose, 0, 0, number }
#define SWITCH2(letter, whose, number, name, help) \
	{ letter, whose, 2, 0, number }
#define OPTION_VALUE(o) ((o)->how & 1)
#define OPTION_OWN(o) ((o)->how & OWN)
#endif
#define OPTION_MAX(o) ((o)->max < 0 ? MAXSECS : (long)(o)->max)

static struct {
	struct plug base;	/* the command line's, beside -c */
	long first;	/* -o was given */
	int listen;	/* -i, likewise */
} option;

static struct option options[] = {
	OPTION('a', OWN, "rule", 0, 0, 0,
	    "accept", "admit clients that match"),
	OPTION('b', OWN, "how", 0, 0, 0,
	    "balance", 0),
#if HAVE_FILE
	OPTION('c', DAEMON, "file", 0, 0, 0,
	    "config", "read plugs from there, one a line"),
#endif
	OPTION('C', OWN, "secs", 1, ANYSECS, &draft.patience,
	    "connect-timeout", "for a target to answer (20)"),
#if HAVE_DEBUG
	SWITCH('d', DAEMON, &conf.debug,
	    "debug", "debug output, implies -n; repeat for more"),
#else
	SWITCH('d', DAEMON, &conf.debug,
	    "debug", "as -n"),
#endif
#if HAVE_NAMES
	OPTION('D', DAEMON, "secs", 0, ANYSECS, &conf.dns,
	    "dns", "look names up again (0: on HUP only)"),
#endif
	SWITCH('E', DAEMON, &conf.test,
	    "test", "check the command line only"),
	SWITCH('f', OWN, &draft.sticky,
	    "sticky", "a client keeps its target"),
#if HAVE_FORK_MODE
	SWITCH('F', DAEMON, &conf.fork,
	    "fork", "one child process a connection"),
#endif
	OPTION('g', DAEMON, "secs", 0, ANYSECS, &conf.grace,
	    "grace", "after SIGTERM, end what is left"),
#if HAVE_VIA
	OPTION('h', OWN, "[user:pass@]addr[:port]", 0, 0, 0,
	    "via", "through an HTTP proxy (port 80)"),
#endif
#if HAVE_CHECK
	OPTION('H', OWN, "secs", 1, ANYSECS, &draft.check,
	    "check", "probe each target this often"),
#endif
	OPTION('i', OWN, "addr", 0, 0, 0,
	    "interface", "listen on this address"),
	SWITCH('I', DAEMON, &conf.inetd,
	    "inetd", "serve the connection on descriptor 0"),
	SWITCH('k', OWN, &draft.keepalive,
	    "keepalive", "SO_KEEPALIVE on both sockets"),
#if HAVE_ROLL
	SWITCH2('l', DAEMON, &conf.log,
	    "log", "log every connection to syslog; -ll: all of it"),
#else
	SWITCH('l', DAEMON, &conf.log,
	    "log", "log every connection to syslog"),
#endif
	OPTION('m', OWN, "n", 1, MAXSESSION, &draft.max,
	    "max", "sessions at once"),
	OPTION('M', OWN, "n", 1, MAXGUEST, &draft.most,
	    "max-per-client", "of these from one client"),
	SWITCH('n', DAEMON, &conf.foreground,
	    "foreground", "don't detach; errors to standard error"),
	SWITCH('o', OWN, &option.first,
	    "first", "always the first live target"),
	OPTION('p', OWN, "addr", 0, 0, 0,
	    "from", "source of outgoing connections"),
	OPTION('P', DAEMON, "file", 0, 0, 0,
	    "pidfile", "write process ids there"),
	SWITCH('q', OWN, &draft.reserved,
	    "privileged", "connect from a reserved port"),
	OPTION('r', OWN, "secs", 0, ANYSECS, &draft.retry,
	    "retry", "try a dead target again after this"),
#if HAVE_ROOT
	OPTION('R', DAEMON, "dir", 0, 0, 0,
	    "root", "chroot there when all is open"),
#endif
#if HAVE_STATUS
	OPTION('s', DAEMON, "addr:port", 0, 0, 0,
	    "status", "a read-only status page there"),
#endif
	OPTION('S', DAEMON, "file", 0, 0, 0,
	    "sessions", "session log; - is standard output"),
	OPTION('t', OWN, "secs", 0, ANYSECS, &draft.remember,
	    "sticky-time", "how long -f remembers (3600)"),
	OPTION('T', OWN, "secs", 0, ANYSECS, &draft.idle,
	    "idle", "end an idle session (0: never)"),
	OPTION('u', DAEMON, "user[:group]", 0, 0, 0,
	    "user", "become this user when all is open"),
	SWITCH('V', DAEMON, 0,
	    "version", "print version and features"),
#if HAVE_WORKERS
	OPTION('w', DAEMON, "n", 1, MAXWORKER, &conf.workers,
	    "workers", "processes that share the port"),
#endif
	OPTION('x', OWN, "rule", 0, 0, 0,
	    "deny", "refuse clients that match"),
#if HAVE_PROXY
	SWITCH('X', OWN, &draft.announce,
	    "proxy-protocol", "tell the target the client's address"),
#endif
	SWITCH('?', DAEMON, 0,
	    "help", "this text"),
	OPTION(0, DAEMON, 0, 0, 0, 0, 0, 0)
};

#if HAVE_FILE
/* A line of the file begins with what the command line has said of all. */
static void
option_reset(void)
{
	draft = option.base;
	draft.balance = -1;
	option.first = 0L;
	option.listen = 0;
}
#endif

/* What the command line has said goes for every line of the file. */
static void
option_common(void)
{
	option.base = draft;
}

/* -i was given: a source must not name another address. */
static void
option_interface(void)
{
	option.listen = 1;
}

/* To standard output: the usage text and the version are no errors. */
static void
option_out(struct text *t)
{
	(void)sys_write(1, t->p, (unsigned)t->len);
}

#if HAVE_LONG
/* One line of the usage text, without its end. */
static void
option_line(struct text *t, struct option *o)
{
	put_str(t, "  -");
	put_char(t, o->letter);
	put_str(t, ", --");
	put_str(t, o->name);
	if (o->value != 0) {
		put_char(t, ' ');
		put_str(t, o->value);
	}
	do
		put_char(t, ' ');
	while (t->len < 34);
	if (o->help != 0)
		put_str(t, o->help);
	else {
		put_ways(t, "", ", ");
		put_str(t, " (cycle)");
	}
}
#else
/* One line of the usage text, without its end. */
static void
option_line(struct text *t, struct option *o)
{
	put_str(t, "  -");
	put_char(t, o->letter);
	if (OPTION_VALUE(o))
		put_str(t, " value");
}
#endif

/* The usage text, and the end. */
static int
option_usage(void)
{
	struct option *o;
	struct text *t;

	t = log_start((struct listener *)0);
	put_str(t, "usage: plug [options] source target[:port] ...\n");
	put_str(t, "source: port, addr:port, [v6]:port or /path, ");
	put_str(t, "then @addr to connect from\n");
	option_out(t);
	for (o = options; o->letter != 0; o++) {
		t = log_start((struct listener *)0);
		option_line(t, o);
		put_char(t, '\n');
		option_out(t);
	}
	_exit(END_OK);
	return END_OK;
}

/* The features that a build has or not. */
static void
put_parts(struct text *t)
{
	if (HAVE_FILE)
		put_str(t, ", -c");
	if (HAVE_VIA)
		put_str(t, ", -h");
	if (HAVE_CHECK)
		put_str(t, ", -H");
	if (HAVE_ROOT)
		put_str(t, ", -R");
	if (HAVE_STATUS)
		put_str(t, ", -s");
	if (HAVE_PROXY)
		put_str(t, ", -X");
	if (HAVE_NAMES)
		put_str(t, ", names");
	if (HAVE_USERS)
		put_str(t, ", users");
	if (HAVE_DEBUG)
		put_str(t, ", debug");
	if (HAVE_RING)
		put_str(t, ", ring");
	if (HAVE_SERVICE)
		put_str(t, ", service");
	if (HAVE_ROLL)
		put_str(t, ", roll");
	if (HAVE_HINTS)
		put_str(t, ", hints");
}

#if HAVE_LONG
/* What this build has. */
static void
option_features(struct text *t)
{
	put_str(t, "\nevents ");
	put_str(t, EV_NAME);
	put_str(t, HAVE_IPV6 ? ", IPv4 and IPv6" : ", IPv4");
	put_str(t, HAVE_UNIX ? ", unix sockets" : "");
	put_str(t, !HAVE_FORK ? ", -n only" : HAVE_FORK_MODE ?
	    HAVE_WORKERS ? ", -F and -w" : ", -F" :
	    HAVE_WORKERS ? ", -w" : "");
	put_str(t, HAVE_SHARE ? " on shared memory" : "");
	put_parts(t);
	put_str(t, ", log by ");
	put_str(t, LOG_NAME);
	put_str(t, ", clock ");
	put_str(t, CLOCK_NAME);
	put_str(t, ", dates ");
	put_str(t, DATE_NAME);
	put_field(t, "\nplugs ", (unsigned long)MAXPLUG);
	put_field(t, ", targets ", (unsigned long)MAXTARGET);
	put_field(t, ", blocks ", (unsigned long)MAXBUF);
	put_field(t, " of ", (unsigned long)BUFSZ);
	put_field(t, " bytes, kernel pipes ", (unsigned long)KPIPES);
}
#else
/* What this build has, in few bytes. */
static void
option_features(struct text *t)
{
	put_str(t, !HAVE_FORK ? ", -n only, " : HAVE_FORK_MODE ? ", -F, " :
	    ", ");
	if (HAVE_WORKERS)
		put_str(t, "-w, ");
	put_str(t, EV_NAME);
	put_str(t, HAVE_IPV6 ? ", IPv6" : "");
	put_str(t, HAVE_UNIX ? ", unix" : "");
	put_parts(t);
}
#endif

/* What this is, as 2.5.5 began it, and the end. */
static int
option_version(void)
{
	struct text *t;

	t = log_start((struct listener *)0);
	put_str(t, self.name);
	put_str(t, ": plugdaemon V");
	put_str(t, VERSION);
	put_str(t, BUILD_NAME);
	option_features(t);
	put_field(t, ", sessions ", (unsigned long)MAXSESSION);
	put_char(t, '\n');
	option_out(t);
	_exit(END_OK);
	return END_OK;
}

/*
 * A usage error about an option: "-C: not a number from 1 to 31536000: 'x'".
 * Without a reason it is what the ways to choose are.
 */
static int
option_bad(struct option *o, char *why, char *word)
{
	char buf[128];
	struct text t;

	text_start(&t, buf, (int)sizeof buf);
	put_char(&t, '-');
	put_char(&t, o->letter);
	put_str(&t, ": ");
	if (HAVE_LONG && why == 0)
		put_ways(&t, "not ", " or ");
	else
		put_str(&t, why);
	if (o->max != 0) {
		put_str(&t, " from ");
		put_num(&t, (unsigned long)o->min);
		put_str(&t, " to ");
		put_num(&t, (unsigned long)OPTION_MAX(o));
	}
	return log_usage(buf, word);
}

/*
 * HINT: what may have been meant by a name that is none, and how large a table
 * is that is full.
 *
 * This room and the next help who was refused.  Parsers say no more than yes
 * or no, and stay as short as that; nothing here changes a verdict.  Without
 * HAVE_HINTS a mistake is told in general words.
 *
 * Calls: text log.
 */

#if HAVE_HINTS
#define MAXNEAR 20	/* bytes of a mistyped name that are looked at */

/*
 * A usage error about the word: what is wrong begins with front, has at most
 * n bytes of what the user wrote, and, if it is not 0, a name that may have
 * been meant, behind what opens that.
 */
static int
hint_say(char *front, char *s, int n, char *open, char *name, char *word)
{
	char buf[192];
	struct text t;

	text_start(&t, buf, (int)sizeof buf);
	put_str(&t, front);
	for (n = n > MAXNEAR ? MAXNEAR : n; n > 0 && *s != '\0'; n--)
		put_byte(&t, *s++);
	if (name != 0) {
		put_str(&t, open);
		put_str(&t, name);
		put_str(&t, "?)");
	}
	return log_usage(buf, word);
}

/* A table is full: what there are too many of, its size, and its name. */
static int
hint_limit(char *what, long most, char *name, char *word)
{
	char buf[96];
	struct text t;

	text_start(&t, buf, (int)sizeof buf);
	put_str(&t, what);
	put_field(&t, ", at most ", (unsigned long)most);
	put_str(&t, " (");
	put_str(&t, name);
	put_char(&t, ')');
	return log_usage(buf, word);
}

/*
 * How many letters have to be changed, left out, put in, or swapped with the
 * next, so that the n bytes at s, at most MAXNEAR, are the name.  Row i
 * has that for the first i letters of the name and each beginning of s; the
 * last three rows are kept.
 */
static int
hint_distance(char *s, int n, char *name)
{
	int d[3][MAXNEAR + 1];
	int *row, *up, i, j, least;

	for (j = 0; j <= n; j++)
		d[0][j] = j;
	for (i = 1; name[i - 1] != '\0'; i++) {
		row = d[i % 3];
		up = d[(i + 2) % 3];
		row[0] = i;
		for (j = 1; j <= n; j++) {
			least = up[j - 1] + (name[i - 1] != s[j - 1]);
			if (up[j] < least)
				least = up[j] + 1;
			if (row[j - 1] < least)
				least = row[j - 1] + 1;
			if (i > 1 && j > 1 && name[i - 1] == s[j - 2] &&
			    name[i - 2] == s[j - 1] &&
			    d[(i + 1) % 3][j - 2] < least)
				least = d[(i + 1) % 3][j - 2] + 1;
			row[j] = least;
		}
	}
	return d[(i - 1) % 3][n];
}

/*
 * True when the name is nearer to those n bytes than any was before, whose
 * distance *least has: one letter in three may be wrong.
 */
static int
hint_near(char *s, int n, char *name, int *least)
{
	int d;

	if (n > MAXNEAR)
		return 0;
	d = hint_distance(s, n, name);
	if (3 * d > n + 1 || d >= *least)
		return 0;
	*least = d;
	return 1;
}

/* The name is those n bytes. */
static int
hint_same(char *s, int n, char *name)
{
	return str_len(name) == n && mem_same(s, name, (unsigned)n);
}

/*
 * True for an option that a build may lack, by its letter or, where that is
 * 0, by the n bytes of its long name.
 */
static int
hint_lacks(int letter, char *s, int n)
{
	static char *lacks[] = {
		"Aaccept-proxy", "Brate", "cconfig", "Ddns", "eearly",
		"Ffork", "hvia", "Hcheck", "Kkeepalive-time", "Rroot",
		"sstatus", "wworkers", "Xproxy-protocol", 0
	};
	char **p;

	for (p = lacks; *p != 0; p++)
		if (letter == **p ||
		    (letter == 0 && hint_same(s, n, *p + 1)))
			return 1;
	return 0;
}

/* In a build without them, the second letter of --name and of -ll; or 0. */
#define NO_LONG (HAVE_LONG ? 0 : '-')
#define NO_ROLL (HAVE_ROLL ? 0 : 'l')

/* No option has the letter that the word has there. */
static int
hint_letter(char *word, char *at)
{
	return hint_say(hint_lacks(*at, at, 0) || *at == NO_LONG ?
	    "not in this build: -" : "unknown option -", at, 1, "",
	    (char *)0, word);
}

/* There is no -XX, and in some builds no -ll: 0 for any other pair. */
static int
hint_pair(char *word, char *at)
{
	if (at[-1] != *at || (*at != 'X' && *at != NO_ROLL))
		return 0;
	return hint_say("not in this build: -", at - 1, 2, "", (char *)0,
	    word);
}

#if HAVE_LONG
/* --word begins as two options do: both are named. */
static int
hint_both(char *word, struct option *o, struct option *other)
{
	char buf[96];
	struct text t;

	text_start(&t, buf, (int)sizeof buf);
	put_str(&t, "is it --");
	put_str(&t, o->name);
	put_str(&t, " or --");
	put_str(&t, other->name);
	put_char(&t, '?');
	return log_usage(buf, word);
}

/* --word is no option: perhaps one that is near, or one of other builds. */
static int
hint_long(char *word)
{
	struct option *o;
	char *best;
	int n, least;

	for (n = 0; word[n + 2] != '\0' && word[n + 2] != '='; n++)
		continue;
	if (hint_lacks(0, word + 2, n))
		return hint_say("not in this build: --", word + 2, n, "",
		    (char *)0, word);
	best = 0;
	least = MAXNEAR;
	for (o = options; o->letter != 0; o++)
		if (hint_near(word + 2, n, o->name, &least))
			best = o->name;
	return hint_say("unknown option", word, 0, " (--", best, word);
}
#endif
#else
#define hint_limit(what, most, name, word) log_usage(what, word)
#define UNKNOWN "unknown, or not in this build"
#define hint_letter(word, at) log_usage(UNKNOWN, word)
#define hint_pair(word, at) 0
#define hint_both(word, o, other) log_usage(UNKNOWN, word)
#define hint_long(word) log_usage(UNKNOWN, word)
#endif

/*
 * FAULT: what exactly is wrong with an address, a rule, a source or a target
 * that was refused.  It is looked at once more from its begin, for the first
 * thing that is wrong; where none is found it is only said what it is not.
 *
 * Calls: text addr log option hint.
 */

#if HAVE_HINTS
/*
 * An IPv6 address without the brackets that it needs here: true when it was
 * said what to write, for that option or, where that is 0, as an operand.
 * Where both can be meant, the last group is taken for the port.
 */
static int
fault_brackets(struct option *o, char *word)
{
	char ip[48], buf[96], *end, *colon, *p;
	struct addr a;
	struct text t;

	colon = 0;
	for (end = word; *end != '\0' && *end != ',' && *end != '@'; end++)
		if (*end == ':')
			colon = end;
	if (colon == 0 || *word == '[' || end - word >= (int)sizeof ip)
		return 0;
	mem_copy(ip, word, (unsigned)(end - word));
	ip[end - word] = '\0';
	p = colon + 1;
	if (scan_port(&p, &a) && p == end) {
		ip[colon - word] = '\0';
		if (!scan_host(ip, &a) || a.family != IP6)
			ip[colon - word] = ':';
	}
	if (!scan_host(ip, &a) || *ip == '[' || a.family != IP6)
		return 0;
	text_start(&t, buf, (int)sizeof buf);
	put_str(&t, "write [");
	put_str(&t, ip);
	put_char(&t, ']');
	for (p = word + str_len(ip); p < end; p++)
		put_char(&t, *p);
	(void)(o != 0 ? option_bad(o, buf, word) : log_usage(buf, word));
	return 1;
}

/*
 * What is wrong with digits and dots that are no IPv4 address.  Zeros in front
 * are octal to some and decimal to others: nobody shall have to guess.
 */
static char *
fault_octets(char *s)
{
	char *p;

	for (p = s; is_digit(*p) || *p == '.'; p++)
		if (*p == '0' && is_digit(p[1]) && (p == s || p[-1] == '.'))
			return "an IPv4 address has no zeros in front";
	return "an IPv4 address is four numbers from 0 to 255";
}

/* A letter, a digit, or what else a host name may have, in any locale. */
static int
fault_lettered(int c)
{
	return is_digit(c) || c == '-' || c == '.' ||
	    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/*
 * What is wrong with the address that the word begins with, up to a colon or
 * what else may stand behind one: 0 if that is not found.  What is said of a
 * name depends on the place.
 */
static char *
fault_addr(char *s, char *named)
{
	char *p;
	int dots;

	if (*s == '[') {
		for (p = s; *p != ']' && *p != '\0' && *p != '%'; p++)
			continue;
		return *p == '%' ? "an address has no zone here" :
		    *p == '\0' ? "a bracket without its end" :
		    "not an IPv6 address in the brackets";
	}
	dots = 1;
	for (p = s; fault_lettered(*p); p++)
		dots &= is_digit(*p) || *p == '.';
	if (p == s)
		return *p == '\0' || *p == ':' || *p == ',' ? "no address" :
		    (char *)0;
	if (*p != '\0' && *p != ':' && *p != '@' && *p != '/' && *p != ',')
		return *p == '%' ? "an address has no zone here" : (char *)0;
	return dots ? fault_octets(s) : named;
}

/* An address of IPv4, right or wrong: digits, and dots between them. */
static int
fault_dotted(char *s)
{
	int dots;

	for (dots = 0; is_digit(*s) || *s == '.'; s++)
		dots |= *s == '.';
	return dots;
}

/*
 * What is wrong with what should be a port: a number that none has, the name
 * of a service, or nothing.
 */
static char *
fault_port(char *s)
{
	return *s == '0' && is_digit(s[1]) ? "a port has no zeros in front" :
	    "a port is 1 to 65535";
}

/*
 * What stands behind an option that wants an address, with a port if that is
 * true; else and for the rest it is what the option's own words say.
 */
static int
fault_value(struct option *o, char *s, int port, char *rest)
{
	struct addr a;
	char *p, *why;

	p = s;
	if (port && fault_brackets(o, s))
		return END_USAGE;
	why = 0;
	if (!scan_ip(&p, &a) && (!port || !is_digit(*s) || fault_dotted(s)))
		why = fault_addr(s, "an address is numeric");
	else if (*p == ':')
		why = port ? fault_port(p + 1) : "no port belongs here";
	return option_bad(o, why != 0 ? why : rest, s);
}

/* -a and -x: why it is no rule. */
static int
fault_rule(struct option *o, char *s)
{
	unsigned char ip[16];
	struct addr a;
	char *p, *why;

	p = s;
	if (*s == '[')
		return option_bad(o, "a rule has no brackets", s);
	if (scan_octets(&p, ip) > 0 && *p == '.' && p[1] == '*')
		return option_bad(o,
		    "a net pattern is one to three octets, then .*", s);
	p = s;
	if (!scan_ip4(&p, &a) && !scan_ip6(&p, &a))
		why = fault_addr(s, "a rule is numeric");
	else if (*p == ':')
		why = "a rule has no port";
	else if (*p != '/')
		why = 0;
	else
		why = a.family == IP6 ? "bits are 0 to 128" :
		    "bits are 0 to 32, a mask is ones and then zeros";
	return option_bad(o, why != 0 ? why : "not a rule", s);
}

#define FAULT_MODE "behind a path stands ,mode= and 0 to 777, in octal"

/*
 * It begins as a path, but is none that a unix socket can have: an operand,
 * or what stands behind an option.
 */
static int
fault_path(struct option *o, char *word)
{
	char buf[64];
	struct text t;

	text_start(&t, buf, (int)sizeof buf);
	if (str_len(word) > MAXUNIX)
		put_field(&t, "too many bytes in a path, at most ",
		    (unsigned long)MAXUNIX);
	else
		put_str(&t, "a path has no @, comma or control character");
	return o != 0 ? option_bad(o, buf, word) : log_usage(buf, word);
}
#define fault_door(o, word) fault_path(o, word)

/* A source up to its port: what is wrong, or 0 with *p behind that. */
static char *
fault_front(char **p)
{
	struct addr a;

	if (scan_ip(p, &a) && **p != ':')
		return "a source needs a port, addr:port";
	if (fault_dotted(*p))
		return fault_octets(*p);
	if (scan_char(p, '*') && **p != ':')
		return "* stands before :port";
	if (!scan_char(p, ':') && !is_digit(**p))
		return fault_addr(*p,
		    "a source is numeric, port or addr:port");
	return scan_port(p, &a) ? 0 : fault_port(*p);
}

/* A source: what it begins with, then a range or where to connect from. */
static int
fault_source(char *word)
{
	char *p, *why;

	p = word;
	why = 0;
	if (fault_brackets((struct option *)0, word))
		return END_USAGE;
	if (*word != '/')
		why = fault_front(&p);
	while (*word == '/' && *p != '@' && *p != '\0')
		p++;
	if (why == 0)
		why = *p == '-' ? "a range is port-port, upwards" :
		    *p == ',' ? "a source has no commas" :
		    *p == '@' || *p == '/' ?
		    fault_addr(p + 1, "an address is numeric") :
		    is_digit(*word) ? "a port is 1 to 65535" : 0;
	return log_usage(why != 0 ? why : "not a source", word);
}

/* A target that is no address: why it is no name either, if that is seen. */
static char *
fault_name(char *s)
{
	int n;

	for (n = 0; fault_lettered(s[n]); n++)
		continue;
	if (s[n] == ':' && s[n + 1] == '/' && s[n + 2] == '/')
		return "a target is no URL";
	if (*s == '-')
		return "a host name does not begin with -";
	if (!HAVE_NAMES && !VIA(&draft))
		return HAVE_VIA ?
		    "names need -h or a build with -DHAVE_NAMES=1" :
		    "names need a build with -DHAVE_NAMES=1";
	if (n > MAXNAME)
		return "a host name has at most 255 bytes";
	return s[n] == ':' ? fault_port(s + n + 1) : 0;
}

/* A target: an address, a name or a path, and what it has for a port. */
static int
fault_target(char *word)
{
	struct addr a;
	char *p, *why;

	if (*word == '/')
		return VIA(&draft) ?
		    log_usage("a proxy reaches no path", word) :
		    fault_path((struct option *)0, word);
	if (fault_brackets((struct option *)0, word))
		return END_USAGE;
	p = word;
	if (!scan_ip(&p, &a))
		why = fault_addr(word, fault_name(word));
	else
		why = *p == ':' ? fault_port(p + 1) :
		    *p == '.' ? fault_octets(word) :
		    "behind an address stands :port or ,word";
	if (why == 0 && (HAVE_NAMES || VIA(&draft)))
		why = "a host name is letters, digits, - and .";
	return log_usage(why != 0 ? why : "not a target", word);
}

/* What a word behind a target should be, if it is that one. */
static int
fault_meant(char *name, long most, char *word)
{
	static char *says[] = {
		" has no value", " is a text of 1 to 255 bytes",
		" is a text of up to 255 bytes", " is port or addr:port"
	};
	char buf[96];
	struct text t;

	text_start(&t, buf, (int)sizeof buf);
	put_str(&t, name);
	if (most > 0L)
		put_field(&t, " is 1 to ", (unsigned long)most);
	else
		put_str(&t, says[-most]);
	return log_usage(buf, word);
}

/*
 * Behind a target: the word from there to the next comma is none, or has
 * another value than it may; the target itself is wrong where there is none.
 */
static int
fault_about(char *word, char *from)
{
	static struct {
		char *name;
		int built;
		int most;	/* of its number; 0 none, or see fault_meant */
	} *a, *best, about[] = {
		{ "weight", 1, MAXWEIGHT }, { "max", 1, MAXSESSION },
		{ "backup", 1, 0 }, { "drain", 1, 0 },
		{ "send", HAVE_CHECK, -1 }, { "expect", HAVE_CHECK, -2 },
		{ "check", HAVE_CHECK, -3 }, { "cut", HAVE_CHECK, 0 },
		{ 0, 0, 0 }
	};
	int n, least;

	if (from == 0)
		return fault_target(word);
	for (n = 0; from[n] != '\0' && from[n] != ',' && from[n] != '='; n++)
		continue;
	best = 0;
	least = MAXNEAR;
	for (a = about; a->name != 0; a++) {
		if (hint_near(from, n, a->name, &least))
			best = a;
		if (hint_same(from, n, a->name))
			break;
	}
	if (n == 0)
		return log_usage("no word behind a comma", word);
	if (a->name == 0)
		return hint_say("no such word: ", from, n, " (",
		    best != 0 ? best->name : (char *)0, word);
	if (!a->built)
		return hint_say("not in this build: ", from, n, "", (char *)0,
		    word);
	return fault_meant(a->name, (long)a->most, word);
}
#else
#define fault_value(o, s, port, rest) option_bad(o, rest, s)
#define fault_rule(o, s) option_bad(o, "not a rule", s)
#define FAULT_MODE "not a mode"
#define fault_path(o, word) log_usage("not a path", word)
#define fault_door(o, word) option_bad(o, "not a path", word)
#define fault_source(word) log_usage("not a source", word)
#define fault_about(word, from) ((void)(from), log_usage("not a target", word))
#endif

/*
 * VALUE: what stands behind an option becomes a field of the draft, of conf,
 * or a rule.  Each returns 0, or END_USAGE when it has said what is wrong.
 *
 * A value is a whole word, and strict: a number has no sign and no blank, an
 * address no name.  What is wrong is said with the letter and the word.
 *
 * Calls: text addr rule query option hint fault.
 */

#define MAXPATH 1023			/* bytes of a file's name */
#define MAXID 2147483646L		/* user and group numbers */

/* -a and -x: a rule more. */
static int
value_rule(struct option *o, char *s)
{
	if (rule.n == MAXRULE)
		return hint_limit("too many rules", (long)MAXRULE, "MAXRULE",
		    s);
	if (!scan_rule(s, &rules[rule.n]))
		return fault_rule(o, s);
	rule_add(o->letter == 'a');
	return 0;
}

#if HAVE_VIA
/*
 * [user:pass@]addr[:port]: the last @ ends the password, which may hold
 * others.
 */
static int
value_via(struct option *o, char *s)
{
	char *at, *p;
	int colon;

	at = 0;
	colon = 0;
	draft.auth = 0;
	for (p = s; *p != '\0'; p++)
		if (*p == '@')
			at = p;
	for (p = s; at != 0 && p < at; p++) {
		colon |= *p == ':';
		if ((*p & 0377) < ' ' || *p == 0177)
			return option_bad(o, "control character", s);
	}
	if (at != 0 && (!colon || at - s > MAXAUTH))
		return option_bad(o, "not user:password", s);
	if (at != 0) {
		*at = '\0';
		draft.auth = s;
		s = at + 1;
	}
	p = s;
	draft.via.port = 80;
	if (!scan_ip(&p, &draft.via) || (scan_char(&p, ':') &&
	    !scan_port(&p, &draft.via)) || *p != '\0')
		return fault_value(o, s, 1, "not addr[:port]");
	return 0;
}
#else
#define value_via(o, s) 0
#endif

/* -i and -p: an address without a port. */
static int
value_addr(struct option *o, char *s, struct addr *a)
{
	return scan_host(s, a) ? 0 : fault_value(o, s, 0, "not an address");
}

/*
 * -c, -P, -R, -S: a name of a file.  Whether there is one is seen when it is
 * needed.
 */
static int
value_path(struct option *o, char *s, char **path)
{
	if (*s == '\0' || str_len(s) > MAXPATH)
		return option_bad(o, "not a file name", s);
	*path = s;
	return 0;
}

#if HAVE_USERS
/*
 * A line of passwd(5) or group(5): true if it is about the name, or, where
 * that is 0, about *id.  Its numbers go to *id and *group.
 */
static int
value_entry(char *entry, char *name, long *id, long *group)
{
	char *p;
	long n, g;

	for (p = entry; *p != ':' && *p != '\0'; p++)
		continue;
	if (*p == '\0')
		return 0;
	*p++ = '\0';
	while (*p != ':' && *p != '\0')
		p++;
	if (!scan_char(&p, ':') || !scan_num(&p, 0L, MAXID, &n) ||
	    (*p != ':' && *p != '\0'))
		return 0;
	if (name != 0 ? !str_same(entry, name) : n != *id)
		return 0;
	*id = n;
	if (scan_char(&p, ':') && scan_num(&p, 0L, MAXID, &g))
		*group = g;
	return 1;
}

/* Look it up in that file; long lines are cut, which harms nobody here. */
static int
value_find(char *file, char *name, long *id, long *group)
{
	char entry[128], buf[256];
	long n, i;
	int fd, len, found;

	fd = sys_open(file, O_RDONLY | O_CLOEXEC, 0);
	found = len = 0;
	while (fd >= 0 && !found &&
	    (n = (long)sys_read(fd, buf, sizeof buf)) > 0L)
		for (i = 0; i < n && !found; i++) {
			if (buf[i] == '\n') {
				entry[len] = '\0';
				found = value_entry(entry, name, id, group);
				len = 0;
			} else if (len < (int)sizeof entry - 1)
				entry[len++] = buf[i];
		}
	entry[len] = '\0';
	if (!found)
		found = value_entry(entry, name, id, group);
	if (fd >= 0)
		(void)sys_close(fd);
	return found;
}

/* user[:group], names or numbers; the user's own group if none is given. */
static int
value_user(struct option *o, char *s)
{
	char *p, *group;
	long none;

	for (group = s; *group != '\0' && *group != ':'; group++)
		continue;
	if (*group == ':')
		*group++ = '\0';
	else
		group = 0;
	p = s;
	conf.gid = none = NEVER;
	if (scan_num(&p, 0L, MAXID, &conf.uid) && *p == '\0')
		(void)value_find("/etc/passwd", (char *)0, &conf.uid,
		    &conf.gid);
	else if (!value_find("/etc/passwd", s, &conf.uid, &conf.gid))
		return option_bad(o, "no such user", s);
	if (conf.uid == 0L)
		return option_bad(o, "root keeps all rights", s);
	p = group;
	if (group != 0 && (!scan_num(&p, 0L, MAXID, &conf.gid) ||
	    *p != '\0') && !value_find("/etc/group", group, &conf.gid, &none))
		return option_bad(o, "no such group", group);
	if (conf.gid == NEVER)
		return option_bad(o, "needs a group", s);
	return 0;
}
#else
/* number[:number]; the group has the user's number if none is given. */
static int
value_user(struct option *o, char *s)
{
	char *p;

	p = s;
	if (!scan_num(&p, 1L, MAXID, &conf.uid))
		return option_bad(o, "not a user's number", s);
	conf.gid = conf.uid;
	if ((scan_char(&p, ':') && !scan_num(&p, 0L, MAXID, &conf.gid)) ||
	    *p != '\0')
		return option_bad(o, "not a group's number", s);
	return 0;
}
#endif

/* A unix socket's path up to its end, an '@' or a ','; its length, or 0. */
static int
scan_path(char **p)
{
	int c, n;

	for (n = 0; (c = (*p)[n] & 0377) != '\0' && c != '@' && c != ','; n++)
		if (c < ' ' || c == 0177)
			return 0;
	*p += n;
	return n <= MAXUNIX ? n : 0;
}

/* ",mode=600": permissions of a unix socket, in octal. */
static int
scan_mode(char **p, long *mode)
{
	char *s;
	int n;

	s = *p;
	if (!scan_key(&s, ",mode="))
		return 0;
	*mode = 0L;
	for (n = 0; n < 4 && *s >= '0' && *s <= '7'; n++)
		*mode = *mode * 8 + (*s++ - '0');
	*p = s;
	return n > 0 && *mode <= 0777L;
}

#if HAVE_CHECK
/*
 * A character of ,send= or ,expect= with the escapes of C: \n and the like,
 * \x and two digits, \ and three octal ones; any other stands for itself.
 */
static int
scan_escape(char **p)
{
	static char letters[] = "abfnrtv", codes[] = "\7\b\f\n\r\t\13";
	int c, i, d;

	c = *(*p)++ & 0377;
	if (c != '\\' || **p == '\0')
		return c;
	c = *(*p)++ & 0377;
	for (i = 0; letters[i] != '\0'; i++)
		if (c == letters[i])
			return codes[i];
	d = c == 'x' ? 0 : c - '0';
	if (c == 'x' ? hex_digit(**p) < 0 : c < '0' || c > '7')
		return c;
	for (i = 0; i < 2 && (c == 'x' ? hex_digit(**p) >= 0 :
	    **p >= '0' && **p <= '7'); i++)
		d = c == 'x' ? d * 16 + hex_digit(*(*p)++) :
		    d * 8 + *(*p)++ - '0';
	return d & 0377;
}

/* Such a text up to its end or a comma: from least to MAXNAME bytes. */
static int
scan_said(char **p, char **said, int least)
{
	int n;

	*said = *p;
	for (n = 0; **p != '\0' && **p != ','; n++)
		(void)scan_escape(p);
	return n >= least && n <= MAXNAME;
}

/* check=port, of the target itself, or check=addr:port. */
static int
scan_check(char **p, struct addr *a)
{
	char *s;

	s = *p;
	if (scan_ip(&s, a) && scan_char(&s, ':'))
		*p = s;
	else
		mem_zero(a, sizeof *a);
	return scan_port(p, a);
}
#else
#define scan_said(p, said, least) 0
#define scan_check(p, a) 0
#endif

#if HAVE_STATUS
/* addr:port or /path[,mode=]: nothing that would listen everywhere unasked. */
static int
value_status(struct option *o, char *s)
{
	struct listener l;
	char *p, *end;
	long mode;

	mem_zero(&l, sizeof l);
	l.fd = -1;
	p = s;
	mode = 0600L;
	if (*s == '/') {
		l.at.family = UNIX;
		l.path = s;
		if (scan_path(&p) == 0)
			return fault_door(o, s);
		end = p;
		if (*p == ',' && !scan_mode(&p, &mode))
			return option_bad(o, FAULT_MODE, s);
		if (*p != '\0')
			return option_bad(o, "not a path", s);
		*end = '\0';
	} else if (!scan_ip(&p, &l.at) || !scan_char(&p, ':') ||
	    !scan_port(&p, &l.at) || *p != '\0')
		return fault_value(o, s, 1, "not addr:port, nor a path");
	l.tagged = l.path == (char *)0;
	if (sock_domain(l.at.family) < 0)
		return option_bad(o, "not on this system", s);
	query_ask(&l, mode);
	return 0;
}
#else
#define value_status(o, s) 0
#endif

/* The plug's way to choose. */
static int
value_balance(struct option *o, char *s)
{
	for (draft.balance = 0; draft.balance < WAYS; draft.balance++)
		if (str_same(s, balance_names[draft.balance]))
			return 0;
	return option_bad(o, HAVE_LONG ? (char *)0 : "not a way to choose", s);
}

/* A number, in the bounds that the table has. */
static int
value_number(struct option *o, char *s)
{
	return scan_whole(s, (long)o->min, OPTION_MAX(o), o->number) ? 0 :
	    option_bad(o, "not a number", s);
}

/*
 * SOURCE: where a plug listens, as the user writes it: its first operand.
 *
 *	port, :port, *:port	at all addresses of IPv4, or at that of -i
 *	addr:port, [v6]:port	at this one
 *	port-port		in place of a port: a listener for each
 *	/path, /path,mode=660	a unix socket, by default for its user only
 *	source@addr		connects from there, which is what -p says
 *
 * Calls: text addr log hint fault value.
 */

/* The source's own address, which -i must not contradict. */
static int
source_addr(char *word, struct addr *a)
{
	if (option.listen && !addr_same(a, &draft.source))
		return log_usage("-i names another address", word);
	draft.source = *a;
	draft.tagged = 1;
	return 0;
}

/* /path, /path,mode=600; the end of the path is returned in *end. */
static int
source_path(char *word, char **p, char **end)
{
	if (option.listen)
		return log_usage("-i and a path", word);
	draft.tagged = 0;
	if (scan_path(p) == 0)
		return fault_path((struct option *)0, word);
	*end = *p;
	draft.source.family = UNIX;
	draft.path = word;
	draft.mode = 0600L;
	if (**p == ',' && !scan_mode(p, &draft.mode))
		return log_usage(FAULT_MODE, word);
	return 0;
}

/* port, :port, *:port, addr:port */
static int
source_port(char *word, char **p)
{
	struct addr a;
	char *s;

	a.port = 0;
	s = *p;
	if (!draft.tagged)
		draft.source.family = IP4;
	if (scan_ip(&s, &a) && scan_char(&s, ':')) {
		if (source_addr(word, &a) != 0)
			return END_USAGE;
		*p = s;
	} else if ((scan_char(p, '*') || **p == ':') && !scan_char(p, ':'))
		return fault_source(word);
	if (!scan_port(p, &draft.source))
		return fault_source(word);
	draft.last = draft.source.port;
	if (scan_char(p, '-') && (!scan_port(p, &a) ||
	    a.port < draft.source.port))
		return fault_source(word);
	if (a.port != 0)
		draft.last = a.port;
	if (draft.last - draft.source.port >= MAXLISTEN)
		return hint_limit("too many ports", (long)MAXLISTEN,
		    "MAXLISTEN", word);
	return 0;
}

/*
 * A path, or one of the forms with a port; then @addr, or /addr as plug-gw
 * and 2.5.5 have it, which is what -p says.
 */
static int
source_scan(char *word)
{
	char *p, *end;
	int r;

	p = word;
	end = 0;
	if (*p == '/')
		r = source_path(word, &p, &end);
	else
		r = source_port(word, &p);
	if (r != 0)
		return r;
	if ((scan_char(&p, '@') || (end == 0 && scan_char(&p, '/'))) &&
	    !scan_bare(&p, &draft.from))
		return fault_source(word);
	if (*p != '\0')
		return fault_source(word);
	if (end != 0)
		*end = '\0';
	if (sock_domain(draft.source.family) < 0)
		return log_usage("not on this system", word);
	return 0;
}

/*
 * OPERAND: a source and its targets, as the user writes them.
 *
 * Strings are not copied: a target's name is a pointer into the word, which
 * ends where the name does.  The words of the command line stay as long as
 * plug runs; those of the file are copied by plug when a line is taken.
 *
 * Owns: the words.
 * Calls: text addr log target pick handed listen hint fault value source.
 */

static struct {
	char *words[MAXTARGET + 1];	/* source, targets */
	int n;
#if HAVE_SERVICE
	int sourced;	/* the source is a socket that was handed down */
#endif
} operand;

/* One more word: 0 when there is no room. */
static int
operand_add(char *word)
{
	if (operand.n > MAXTARGET)
		return 0;
	operand.words[operand.n++] = word;
	return 1;
}

#if HAVE_FILE
/* None yet. */
static void
operand_reset(void)
{
	operand.n = 0;
}
#endif

/*
 * A host name of letters, digits, '-' and '.', for the proxy, that begins with
 * no '-' (RFC 1123).  Digits and dots alone are an address that was mistyped.
 */
static int
scan_name(char **p)
{
	int c, n, named;

	named = 0;
	for (n = 0; n <= MAXNAME; n++) {
		c = (*p)[n] & 0377;
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c == '-' && n > 0))
			named = 1;
		else if (!is_digit(c) && c != '.')
			break;
	}
	*p += n;
	return named && n <= MAXNAME;
}

#if HAVE_CHECK
/*
 * Write it without its escapes, in place, and how many bytes that are over
 * the '=' before them: the text with its count, or 0 for none.
 */
static char *
operand_said(char *s)
{
	char *p, *out;

	if (s == 0)
		return 0;
	for (p = out = s; *p != '\0' && *p != ','; )
		*out++ = (char)scan_escape(&p);
	s[-1] = (char)(out - s);
	return s - 1;
}

/* Both texts of a target. */
static void
operand_texts(struct target *g)
{
	g->send = operand_said(g->send);
	g->expect = operand_said(g->expect);
}
#else
#define operand_texts(g) (void)0
#endif

/*
 * What stands behind a target: each with a comma before it, in any order; the
 * last of a kind counts.
 *
 *	weight=n	its share of new sessions
 *	max=n		sessions at once; who comes then waits
 *	backup		it serves while no other target lives
 *	drain		it keeps its sessions and gets no new ones
 *	send=text	what its probes say
 *	expect=text	how the answer to that has to begin
 *	check=where	its probes go there instead
 *	cut		its sessions end when probes take it out
 *
 * fault_about() knows the same words.
 */
static int
operand_about(char *word, char *p, struct target *g)
{
	char *from;
	int ok;

	from = 0;
	for (ok = 1; ok && scan_char(&p, ','); ) {
		from = p;
		if (scan_key(&p, "weight="))
			ok = scan_num(&p, 1L, (long)MAXWEIGHT, &g->weight);
		else if (scan_key(&p, "max="))
			ok = scan_num(&p, 1L, (long)MAXSESSION, &g->max);
		else if (scan_key(&p, "backup"))
			g->backup = 1;
		else if (scan_key(&p, "drain"))
			g->drain = 1;
		else if (HAVE_CHECK && scan_key(&p, "send="))
			ok = scan_said(&p, &g->send, 1);
		else if (HAVE_CHECK && scan_key(&p, "expect="))
			ok = scan_said(&p, &g->expect, 0);
		else if (HAVE_CHECK && scan_key(&p, "check="))
			ok = scan_check(&p, &g->check);
		else if (HAVE_CHECK && scan_key(&p, "cut"))
			g->cut = 1;
		else
			ok = 0;
	}
	draft.capped |= g->max > 0L;
	return ok && *p == '\0' ? 0 : fault_about(word, from);
}

/* addr[:port], [v6][:port]; with -h, or looked up by us, also name[:port]. */
static int
operand_target_port(char **p, char **end, struct target *g)
{
	g->name = *p;
	if (scan_ip(p, &g->at) && (**p == '\0' || **p == ':' || **p == ','))
		g->name = 0;
	else {
		*p = g->name;
		g->at.family = 0;
		if ((!HAVE_NAMES && !VIA(&draft)) || !scan_name(p))
			return 0;
	}
	*end = *p;
	g->at.port = draft.last == draft.source.port ? draft.last : 0;
	return !scan_char(p, ':') || scan_port(p, &g->at);
}

/* One of these or the path of a unix socket, and what is said about it. */
static int
operand_target(char *word, struct target *g)
{
	char *p, *end;

	mem_zero(g, sizeof *g);
	g->weight = 1L;
	p = word;
	if (*p == '/') {
		g->at.family = UNIX;
		g->name = word;
		if (VIA(&draft) || scan_path(&p) == 0)
			return fault_about(word, (char *)0);
		end = p;
	} else if (!operand_target_port(&p, &end, g))
		return fault_about(word, (char *)0);
	if (operand_about(word, p, g) != 0)
		return END_USAGE;
	if (*word != '/' && draft.source.port == 0 && g->at.port == 0)
		return log_usage("target without a port", word);
	if (HAVE_CHECK && g->check.port != 0 && g->check.family == 0 &&
	    g->at.port == 0)
		return log_usage("check= needs addr:port here", word);
	if (g->name != 0)
		*end = '\0';
	g->seed = pick_hash(g);
	return 0;
}

/* fe80::/10, another network at each device: there is no way without one. */
#define LINKED(a) ((a)->family == IP6 && (a)->ip[0] == 0376 && \
	((a)->ip[1] & 0300) == 0200)

/* The family of the sockets that a target needs is there, and is -p's. */
static int
operand_family(struct target *g, char *word)
{
	int family;

	family = VIA(&draft) ? draft.via.family : g->at.family;
	if (!HAVE_SHARE && family == 0 && conf.workers > 0L)
		return log_usage("no names with -w: no shared memory", word);
	if (family == 0)
		return 0;
	if (LINKED(&g->at) && !VIA(&draft))
		return log_usage("a link-local address needs a device", word);
	if (sock_domain(family) < 0)
		return log_usage("not on this system", word);
	if (draft.from.family != 0 && draft.from.family != family)
		return log_usage("not of the family of -p", word);
	if (draft.reserved && family == UNIX)
		return log_usage("-q and a path", word);
	return 0;
}

#if HAVE_CHECK
/* Where it is probed can be reached as it can, and is not this plug either. */
static int
operand_check(struct target *g, char *word)
{
	struct target probe;

	if (g->check.port == 0)
		return 0;
	probe = *g;
	target_check(g, &probe.at);
	if (operand_family(&probe, word) != 0)
		return END_USAGE;
	if (probe.at.family != 0 && !VIA(&draft) && !conf.inetd &&
	    listen_loops(&draft, &probe.at, g->name))
		return log_usage("check= is this plug itself", word);
	return 0;
}
#else
#define operand_check(g, word) 0
#endif

/* So many rows of targets behind each other that no plug has, or -1. */
static int
operand_rows(int n)
{
	int t, run;

	run = 0;
	for (t = 0; t < MAXTARGET && run < n; t++)
		run = targets[t].used ? 0 : run + 1;
	return run == n ? t - n : -1;
}

/*
 * The targets that the operands name, in rows behind each other.  A target
 * that is this plug itself would eat all sessions.
 */
static int
operand_targets(char **words, int n)
{
	struct target *g;
	int i;

	draft.ntarget = n;
	draft.capped = 0;
	draft.even = 1;
	draft.target = operand_rows(n);
	if (draft.target < 0)
		return hint_limit("too many targets", (long)MAXTARGET,
		    "MAXTARGET", words[0]);
	for (i = 0; i < n; i++) {
		g = &targets[draft.target + i];
		if (operand_target(words[i], g) != 0 ||
		    operand_family(g, words[i]) != 0)
			return END_USAGE;
		draft.even &= PICK_ONE > 1 ||
		    g->weight == targets[draft.target].weight;
		if (!NAMED(g) && !VIA(&draft) && !conf.inetd &&
		    listen_loops(&draft, &g->at, g->name))
			return log_usage("target is this plug itself",
			    words[i]);
		if (operand_check(g, words[i]) != 0)
			return END_USAGE;
		operand_texts(g);
	}
	return 0;
}

/*
 * -I: all operands are targets, and which port is ours is not known yet, as
 * with a range of ports.
 */
static int
operand_inetd(void)
{
	if (operand.n == 0)
		return log_usage("no target", (char *)0);
	draft.source.port = 1;
	draft.last = 2;
	return operand_targets(operand.words, operand.n);
}

#if HAVE_SERVICE
#define SOURCED operand.sourced

/* inetd's "wait": the source is what descriptor 3 listens on. */
static void
operand_wait(void)
{
	draft.path = handed_name(3, &draft.source);
	draft.last = draft.source.port;
	draft.tagged = 0;
	operand.sourced = 1;
}
#else
#define SOURCED 0
#define operand_wait() (void)0
#endif

/* Source and targets of one plug, and what may not stand together. */
static int
operand_plug(void)
{
	if (conf.inetd)
		return operand_inetd();
	if (operand.n + SOURCED < 2)
		return log_usage(SOURCED ? "no target" : operand.n == 0 ?
		    "no source; -? shows usage" : "no target for source",
		    operand.n == 0 ? 0 : operand.words[0]);
	if ((!SOURCED && source_scan(operand.words[0]) != 0) ||
	    operand_targets(operand.words + !SOURCED,
	    operand.n - !SOURCED) != 0)
		return END_USAGE;
	if (draft.path != 0 && (draft.nrule > 0 || rule.base > 0))
		return log_usage("rules for a unix socket", draft.path);
	if (draft.path != 0 && draft.from.family != 0)
		return log_usage("-p or @ with a unix socket", draft.path);
	return 0;
}

/*
 * PAIR: which plug of the file goes on as which, when the file is read again.
 *
 * A session, a counter, a place in the rotor must not be lost because a line
 * has moved or a word in it has changed.  So a plug of the new reading looks
 * for the one that it was, three times, each less strict: a plug of the same
 * source that is alike in all goes on as it is, in its row, and its sessions
 * notice nothing; one that shares a target with it hands on its id, and with
 * it the rotor, the counts and what the client had; and at last any of the
 * same source does.  An id is the row in shared memory, and so is the slot of
 * a target: a target of a plug with the same id and the same address has the
 * slot that it had, alive or dead.  Who finds nothing gets what nobody has.
 *
 * Calls: addr.
 */

#if HAVE_FILE || HAVE_HINTS
/* Both are the same string, or none. */
static int
pair_name(char *a, char *b)
{
	return a == b || (a != 0 && b != 0 && str_same(a, b));
}

/* The same address and port, or name. */
static int
pair_target(struct target *a, struct target *b)
{
	return addr_same(&a->at, &b->at) && a->at.port == b->at.port &&
	    pair_name(a->name, b->name);
}
#endif

#if HAVE_FILE
/* Both are the same counted text, or none. */
static int
pair_said(char *a, char *b)
{
	return a == b || (a != 0 && b != 0 && *a == *b &&
	    mem_same(a, b, (unsigned)(*a & 0377) + 1));
}

/* Both plugs have the same source. */
static int
pair_twin(struct plug *a, struct plug *b)
{
	if (a->path != 0 || b->path != 0)
		return a->path != 0 && b->path != 0 &&
		    str_same(a->path, b->path);
	return addr_same(&a->source, &b->source) && a->last == b->last &&
	    a->source.port == b->source.port;
}

/* They are treated alike, too. */
static int
pair_alike(struct target *a, struct target *b)
{
	return pair_target(a, b) && a->weight == b->weight &&
	    a->max == b->max && a->backup == b->backup &&
	    a->drain == b->drain && a->cut == b->cut &&
	    addr_same(&a->check, &b->check) &&
	    a->check.port == b->check.port && pair_said(a->send, b->send) &&
	    pair_said(a->expect, b->expect);
}

/* Nothing but the rules differs between a plug and the draft. */
static int
pair_same(struct plug *p)
{
	struct option *o;
	unsigned long at;
	int i;

	for (o = options; o->letter != 0; o++) {
		at = (unsigned long)o->number - (unsigned long)&draft;
		if (at < sizeof draft &&
		    *(long *)((char *)p + at) != *o->number)
			return 0;
	}
	if (p->balance != draft.balance || p->ntarget != draft.ntarget ||
	    p->mode != draft.mode || !pair_name(p->auth, draft.auth) ||
	    !addr_same(&p->from, &draft.from) ||
	    !addr_same(&p->via, &draft.via) || p->via.port != draft.via.port)
		return 0;
	for (i = 0; i < p->ntarget; i++)
		if (!pair_alike(&targets[p->target + i],
		    &targets[draft.target + i]))
			return 0;
	return 1;
}

/* The slot of a target: the one that it has had, or a new one. */
static int
pair_slot(struct plug *p, struct target *g)
{
	static char taken[MAXTARGET];
	struct plug *q;
	int i, t;

	mem_zero(taken, sizeof taken);
	for (i = 0; i < MAXPLUG; i++) {
		q = &plugs[i];
		if (q->used == PL_FREE)
			continue;
		for (t = q->target; t < q->target + q->ntarget; t++) {
			if (!targets[t].used || targets[t].slot < 0)
				continue;
			if (q->id == p->id && pair_target(&targets[t], g))
				return targets[t].slot;
			taken[targets[t].slot] = 1;
		}
	}
	for (t = 0; taken[t]; t++)
		continue;
	mem_zero(&sh->health[t], sizeof sh->health[0]);
	sh->health[t].changed = now;
	for (i = 0; i < NTRAFFIC; i++)
		mem_zero(&ALL_TRAFFIC[i * MAXTARGET + t], sizeof *TRAFFIC);
	sh->found[HAVE_NAMES ? t : 0][0].family = 0;
	sh->which[HAVE_NAMES ? t : 0] = 0;
	return t;
}

/* Both have some target. */
static int
pair_shares(struct plug *a, struct plug *b)
{
	int i, k;

	for (i = 0; i < a->ntarget; i++)
		for (k = 0; k < b->ntarget; k++)
			if (pair_target(&targets[a->target + i],
			    &targets[b->target + k]))
				return 1;
	return 0;
}

/* How a plug of the file as it was is looked for. */
#define AS_IT_IS 0
#define WITH_TARGETS 1
#define BY_SOURCE 2

/*
 * A plug of the file as it was that goes on as q: the next one of the same
 * source that is alike in the given way, or 0.  Lines of one source may have
 * come, gone, or changed places.
 */
static struct plug *
pair_before(struct plug *q, int how)
{
	struct plug *p;
	int i;

	for (i = 0; i < NPLUG; i++) {
		p = PLUG_AT(i);
		if (p->age == plug.reading || !pair_twin(p, q) ||
		    (how == AS_IT_IS && !pair_same(p)) ||
		    (how == WITH_TARGETS && !pair_shares(p, q)))
			continue;
		p->age = plug.reading;
		return p;
	}
	return (struct plug *)0;
}

/* An id that no plug has. */
static int
pair_id(void)
{
	int id, i;

	for (id = 0; ; id++) {
		for (i = 0; i < MAXPLUG; i++)
			if (plugs[i].used != PL_FREE && plugs[i].id == id)
				break;
		if (i == MAXPLUG)
			return id;
	}
}

/*
 * New plugs go on where plugs of the file as it was ended: with their turn,
 * their counts, and what is known of their targets.
 */
static void
pair_all(void)
{
	struct plug *p, *old;
	int how, i, t;

	for (how = WITH_TARGETS; how <= BY_SOURCE; how++)
		for (i = 0; i < plug.nfresh; i++) {
			p = &plugs[plug.fresh[i]];
			if (p->id < 0 && (old = pair_before(p, how)) != 0)
				p->id = old->id;
		}
	for (i = 0; i < plug.nfresh; i++) {
		p = &plugs[plug.fresh[i]];
		if (p->id < 0)
			p->id = pair_id();
		for (t = p->target; t < p->target + p->ntarget; t++)
			if (targets[t].slot < 0)
				targets[t].slot = pair_slot(p, &targets[t]);
	}
}
#endif

/*
 * PLUG: the rows of plugs, of their targets, and of the strings that outlive
 * the file's buffer.  A reading makes new rows beside those in use; it is
 * committed whole, or rolled back whole.  A plug that is gone keeps its row
 * until its last session has ended.
 *
 *	PL_FREE -> PL_NEW	a line of the file that goes on as none
 *	PL_USED -> PL_STAYS	a line that is as it was
 *	PL_NEW, PL_STAYS -> PL_USED	commit
 *	PL_USED -> PL_GONE	commit, without a line for it
 *	PL_GONE -> PL_FREE	its last session has ended
 *	PL_NEW -> PL_FREE, PL_STAYS -> PL_USED	rollback
 *
 * Owns: which plugs there are, in which order.
 * Calls: log rule target listen hint pair.
 */

#if HAVE_FILE
/*
 * A copy of these n bytes that stays; 0 when there is no room.  The first is
 * not 0, but where it is the only one.
 */
static int
name_keep(char *s, int n, char **kept)
{
	int i, empty;

	*kept = n == 1 ? "" : s;
	empty = -1;
	for (i = 0; n > 1 && i < MAXNAMES; i++) {
		if (plug.name[i][0] == '\0')
			empty = i;
		else if (mem_same(plug.name[i], s, (unsigned)n)) {
			*kept = plug.name[i];
			return 1;
		}
	}
	if (n <= 1)
		return 1;
	if (empty < 0)
		return 0;
	*kept = plug.name[empty];
	mem_copy(plug.name[empty], s, (unsigned)n);
	return 1;
}

/* A string's bytes with its end, 0 for none. */
static int
name_size(char *s)
{
	return s == 0 ? 0 : str_len(s) + 1;
}

/* Those of a counted text with its count. */
static int
name_said(char *s)
{
	return s == 0 ? 0 : (*s & 0377) + 1;
}

/* Names that nothing has are free again. */
static void
name_sweep(void)
{
	int i, k, needed;
	char *s;

	for (i = 0; i < MAXNAMES; i++) {
		s = plug.name[i];
		needed = s[0] == '\0';
		for (k = 0; k < MAXPLUG; k++)
			needed |= plugs[k].used != PL_FREE &&
			    (plugs[k].path == s || plugs[k].auth == s);
		for (k = 0; k < MAXTARGET; k++)
			needed |= targets[k].used && (targets[k].name == s ||
			    targets[k].send == s || targets[k].expect == s);
		for (k = 0; k < listening.n; k++)
			needed |= listeners[k].used != L_FREE &&
			    listeners[k].path == s;
		if (!needed)
			s[0] = '\0';
	}
}

/* What p would connect to is a listener of that other plug, or its own. */
static int
plug_meets(struct plug *p, struct plug *to, struct addr *at, char *path)
{
	if (at->port == 0 && (p->last < to->source.port ||
	    to->last < p->source.port))
		return 0;
	return listen_loops(to, at, path);
}

/* The same, of its targets or the proxy: the number of that, from 1, or 0. */
static int
plug_loops(struct plug *p, struct plug *to)
{
	struct target *g;
	struct addr at;
	int i;

	if (VIA(p))
		return plug_meets(p, to, &p->via, (char *)0);
	for (i = 0; i < p->ntarget; i++) {
		g = &targets[p->target + i];
		at = g->at;
		target_check(g, &at);
		if ((!NAMED(g) && plug_meets(p, to, &g->at, g->name)) ||
		    (at.family != 0 && plug_meets(p, to, &at, g->name)))
			return i + 1;
	}
	return 0;
}

/*
 * No session of the draft comes back to plug by another line, nor one of
 * another to it: two such lines could eat all sessions.
 */
static int
plug_straight(void)
{
	struct plug *p;
	int i, n;

	if (conf.inetd)
		return 0;
	if (plug_loops(&draft, &draft))
		return log_usage("proxy is this plug itself",
		    operand.words[0]);
	for (i = 0; i < plug.nfresh; i++) {
		p = &plugs[plug.fresh[i]];
		n = plug_loops(&draft, p);
		if (n > 0)
			return log_usage("target is another plug's source",
			    operand.words[n]);
		if (plug_loops(p, &draft))
			return log_usage("source is another plug's target",
			    operand.words[0]);
	}
	return 0;
}

/*
 * The draft's strings and targets become a new plug's: its row, or -1 when it
 * was said that a table is full.
 */
static int
plug_new(void)
{
	struct plug *p;
	struct target *g;
	int i, full;

	for (i = 0; i < MAXPLUG && plugs[i].used != PL_FREE; i++)
		continue;
	if (i == MAXPLUG) {
		(void)hint_limit("too many plugs with those in use",
		    (long)MAXPLUG, "MAXPLUG", operand.words[0]);
		return -1;
	}
	p = &plugs[i];
	draft.id = -1;
	draft.age = plug.reading;
	*p = draft;
	p->used = PL_NEW;
	full = !name_keep(draft.path, name_size(draft.path), &p->path) ||
	    !name_keep(draft.auth, name_size(draft.auth), &p->auth);
	for (g = targets + p->target; g < targets + p->target + p->ntarget;
	    g++) {
		full |= !name_keep(g->name, name_size(g->name), &g->name) ||
		    !name_keep(g->send, name_said(g->send), &g->send) ||
		    !name_keep(g->expect, name_said(g->expect), &g->expect);
		g->slot = -1;
		g->used = 1;
	}
	if (!full)
		return i;
	(void)hint_limit("too many names", (long)MAXNAMES, "MAXNAMES",
	    operand.words[0]);
	return -1;
}

/* The draft is complete: it is a plug that stays, or a new one. */
static int
plug_add(void)
{
	struct plug *old;

	if (plug.nfresh == MAXPLUG)
		return hint_limit("too many plugs", (long)MAXPLUG, "MAXPLUG",
		    operand.words[0]);
	if (plug_straight() != 0)
		return END_USAGE;
	old = pair_before(&draft, AS_IT_IS);
	if (old != 0) {
		plug.fresh[plug.nfresh] = (int)(old - plugs);
		old->used = PL_STAYS;
	} else if ((plug.fresh[plug.nfresh] = plug_new()) < 0)
		return END_USAGE;
	plugs[plug.fresh[plug.nfresh]].newrule = draft.rule;
	plugs[plug.fresh[plug.nfresh]].nnewrule = draft.nrule;
	plug.nfresh++;
	return 0;
}

/*
 * Rows of targets belong to plugs.  Memory that nobody has used is not
 * written to, so that the system need not have it.
 */
static void
plug_rows(void)
{
	int i, t;

	for (t = 0; t < MAXTARGET; t++)
		if (targets[t].used)
			targets[t].used = 0;
	for (i = 0; i < MAXPLUG; i++)
		for (t = 0; plugs[i].used != PL_FREE && t < plugs[i].ntarget;
		    t++)
			targets[plugs[i].target + t].used = 1;
}

/* Another reading begins. */
static void
plug_read(void)
{
	plug.reading++;
	plug.nfresh = 0;
}

/* What was read takes effect, with its rules from that row on. */
static void
plug_commit(int from)
{
	struct plug *p;
	int i, t, shift;

	pair_all();
	shift = rule_keep(from);
	for (p = plugs; p < plugs + MAXPLUG; p++) {
		if (p->used == PL_USED) {
			p->used = PL_GONE;
			p->age = plug.reading;
		} else if (p->used == PL_NEW || p->used == PL_STAYS) {
			p->used = PL_USED;
			p->rule = p->newrule - shift;
			p->nrule = p->nnewrule;
		}
	}
	plug.limited = 0;
	for (i = 0; i < plug.nfresh; i++) {
		p = &plugs[plug.fresh[i]];
		plug.order[i] = plug.fresh[i];
		plug.limited |= p->max > 0L || p->capped;
		for (t = p->target + p->ntarget; t-- > p->target; )
			plug.row[targets[t].slot] = (short)t;
	}
	plug.n = plug.nfresh;
	plug.age = plug.reading;
	plug_rows();
}

/* What was read is forgotten, with its rules from that row on. */
static void
plug_rollback(int from)
{
	struct plug *p;

	rule_cut(from);
	for (p = plugs; p < plugs + MAXPLUG; p++) {
		if (p->used == PL_NEW)
			p->used = PL_FREE;
		else if (p->used == PL_STAYS)
			p->used = PL_USED;
	}
	plug_rows();
}
#else
/* The draft is the only plug, where it stands; its targets live from now. */
static int
plug_add(void)
{
	int t;

	for (t = 0; t < draft.ntarget; t++)
		target_changed(&sh->health[t]);
	return 0;
}

#define plug_commit(from) (void)0
#define plug_meets(p, to, at, path) \
	((void)(p), listen_loops(to, at, path))
#endif

/*
 * ADVICE: what -E warns of: what the words allow, and yet can never work.
 *
 * One plug at a time, when it is taken, beside those that were taken before
 * it; so that the place in the file is known.  Each warning is certain: what
 * may work at another time, or by another packet, is not told of.
 *
 * Nets are nested or apart, they never overlap by half.  So whether rules or
 * lines before one leave anything for it is seen rule by rule: a rule that is
 * wider decides for all of it, and one that is narrower and refuses leaves a
 * hole.
 *
 * Calls: text addr log rule listen pair.
 */

#if HAVE_HINTS
/* A warning; it changes nothing. */
static void
advice_give(char *what, char *word)
{
	char buf[96];
	struct text t;

	text_start(&t, buf, (int)sizeof buf);
	put_str(&t, "warning: ");
	put_str(&t, what);
	(void)log_usage(buf, word);
}

/*
 * Of a plug's rules, its own first and the command line's behind them, the one
 * in this place, or 0.
 */
static struct rule *
advice_rule(struct plug *p, int i)
{
	if (i < p->nrule)
		return &rules[p->rule + i];
	i -= p->nrule;
	return i < rule.base ? &rules[i] : (struct rule *)0;
}

/* Whoever matches b matches a, too. */
static int
advice_covers(struct rule *a, struct rule *b)
{
	return a->bits <= b->bits && rule_matches(&a->net, a->bits, &b->net);
}

/* One of the first n rules of the plug decides for all who match r. */
static int
advice_covered(struct plug *p, int n, struct rule *r)
{
	while (n > 0)
		if (advice_covers(advice_rule(p, --n), r))
			return 1;
	return 0;
}

#if HAVE_FILE
/* The plug admits all who match r: no rule of its refuses one of them. */
static int
advice_admits(struct plug *p, struct rule *r)
{
	struct rule *q;
	int i, allows;

	allows = 0;
	for (i = 0; (q = advice_rule(p, i)) != 0; i++) {
		if (advice_covers(q, r))
			return q->allow;
		if (!q->allow && advice_covers(r, q))
			return 0;
		allows |= q->allow;
	}
	return !allows;
}

/* All clients of p come to a listener of that other plug. */
static int
advice_beside(struct plug *p, struct plug *other)
{
	if (p->path != 0 || other->path != 0)
		return p->path != 0 && other->path != 0 &&
		    str_same(p->path, other->path);
	return addr_same(&p->source, &other->source) &&
	    other->source.port <= p->source.port && p->last <= other->last;
}

/* An earlier plug of the same source admits all who match r. */
static int
advice_taken(struct plug *p, struct rule *r)
{
	int i;

	for (i = 0; i < plug.nfresh - 1; i++)
		if (advice_beside(p, &plugs[plug.fresh[i]]) &&
		    advice_admits(&plugs[plug.fresh[i]], r))
			return 1;
	return 0;
}

#define ADVICE_PLUG (&plugs[plug.fresh[plug.nfresh - 1]])
#else
#define ADVICE_PLUG (&draft)
#define advice_taken(p, r) 0
#endif

/*
 * Whether the plug is ever reached: each of its -a, or everybody where it has
 * none, is decided by rules before it, or taken by plugs before this one.
 */
static void
advice_reach(struct plug *p)
{
	static struct rule all;
	struct rule *r;
	int i, allows, open, left;

	allows = open = left = 0;
	for (i = 0; (r = advice_rule(p, i)) != 0; i++) {
		allows |= r->allow;
		if (!r->allow || advice_covered(p, i, r))
			continue;
		open = 1;
		left |= !advice_taken(p, r);
	}
	if (!allows && !advice_covered(p, i, &all)) {
		open = 1;
		left = !advice_taken(p, &all);
	}
	if (!open)
		advice_give("no client is admitted", operand.words[0]);
	else if (!left)
		advice_give("never reached, an earlier line has its clients",
		    operand.words[0]);
}

/* Of the first n rules of the plug those that another stands before. */
static void
advice_rules(struct plug *p, int n)
{
	char buf[80];
	struct rule *r;
	struct text t;
	int i;

	for (i = 0; i < n; i++) {
		r = advice_rule(p, i);
		if (!advice_covered(p, i, r))
			continue;
		text_start(&t, buf, (int)sizeof buf);
		put_str(&t, r->allow ? "-a " : "-x ");
		if (r->net.family == 0)
			put_char(&t, '*');
		else {
			put_ip(&t, &r->net);
			put_field(&t, "/", (unsigned long)r->bits);
		}
		advice_give("never reached, behind a wider rule", buf);
	}
}

/*
 * The target in that place is another one's second name: it is dead when that
 * is, and has no turn before it.
 */
static int
advice_double(struct plug *p, int i)
{
	struct target *g, *other;
	int k;

	g = &targets[p->target + i];
	for (k = 0; k < p->ntarget; k++) {
		other = &targets[p->target + k];
		if (k == i || other->drain || other->max > 0L ||
		    !pair_target(g, other))
			continue;
		if (g->backup > other->backup || (k < i &&
		    g->backup == other->backup &&
		    (p->balance == B_FIRST || (p->balance == B_HASH &&
		    g->weight <= other->weight))))
			return 1;
	}
	return 0;
}

/*
 * Targets that get no session; and a backup that all others are as well, which
 * is none.
 */
static void
advice_targets(struct plug *p, char **words)
{
	struct target *g;
	int i, drain, backup;

	drain = backup = 0;
	for (i = 0; i < p->ntarget; i++) {
		g = &targets[p->target + i];
		drain += g->drain;
		backup += g->backup;
		if (!g->drain && advice_double(p, i))
			advice_give("never reached, it is there already",
			    words[i]);
	}
	if (drain == p->ntarget)
		advice_give("all targets drain", words[0]);
	else if (backup == p->ntarget)
		advice_give("all targets are backups", words[0]);
}

/* -p and @: it must be ours.  A build that knows no addresses is silent. */
static void
advice_from(struct addr *a)
{
	char buf[64];
	struct text t;

	if (FRUGAL || a->family == 0 || addr_any(a) || addr_local(a))
		return;
	text_start(&t, buf, (int)sizeof buf);
	put_ip(&t, a);
	advice_give("no address of this machine to connect from", buf);
}

#if HAVE_STATUS
/* -s listens where a client of the plug comes to. */
static int
advice_status(struct plug *p)
{
	struct listener door;

	door = query.door;
	return STATUS_ASKED && !conf.inetd &&
	    listen_loops(p, &door.at, door.path);
}
#else
#define advice_status(p) 0
#endif

/* The plug that was taken last, which the words are about. */
static void
advice_plug(void)
{
	struct plug *p;
	struct addr from;

	if (!conf.test)
		return;
	p = ADVICE_PLUG;
	advice_reach(p);
	advice_rules(p, p->nrule);
	advice_targets(p, operand.words + !(conf.inetd || SOURCED));
	from = option.base.from;
	if (PLACE == 0L || !addr_same(&p->from, &from))
		advice_from(&p->from);
	if (advice_status(p))
		advice_give("-s is at this source", operand.words[0]);
}

/* What the command line says for all plugs of a file. */
static void
advice_common(void)
{
	if (!conf.test)
		return;
	advice_rules(&draft, rule.base);
	advice_from(&draft.from);
}
#else
#define advice_plug() (void)0
#define advice_common() (void)0
#endif

/*
 * WORDS: options and operands, of the command line or of a line of the file,
 * become one plug.
 *
 * The draft begins with what the command line has said for all lines, and
 * what a line says replaces that.  What one option alone can't tell, that it
 * goes with another for one, is looked at when all of them are there.
 *
 * Calls: log option hint value operand plug advice.
 */

/*
 * One option with its value, 0 for a switch: 0 or END_USAGE.  Numbers and
 * switches need nothing but the table.
 */
static int
words_apply(struct option *o, char *s)
{
	static struct addr listen_on;

	if (o->max != 0)
		return value_number(o, s);
	if (o->number != 0)
		++*o->number;
	switch (o->letter) {
	case 'a':
	case 'x':
		return value_rule(o, s);
	case 'b':
		return value_balance(o, s);
	case 'h':
		return value_via(o, s);
	case 'i':
		if (value_addr(o, s, &listen_on) != 0)
			return END_USAGE;
		draft.source = listen_on;
		draft.tagged = 1;
		option_interface();
		return 0;
	case 'c':
		return value_path(o, s, &conf.file);
	case 'p':
		return value_addr(o, s, &draft.from);
	case 'P':
		return value_path(o, s, &conf.pidfile);
	case 'R':
		return value_path(o, s, &conf.root);
	case 's':
		return value_status(o, s);
	case 'S':
		return value_path(o, s, &conf.sessions);
	case 'u':
		return value_user(o, s);
	case 'V':
		return option_version();
	case '?':
		return option_usage();
	}
	return 0;
}

#if HAVE_ROLL
#define WORDS_TWO(o) (!OPTION_VALUE(o) && (o)->min == 2)

/* A SWITCH2 is 1, or 2 if its letter stands before it in the same word. */
static void
words_twice(struct option *o, int again)
{
	if (WORDS_TWO(o))
		*o->number = again ? 2L : 1L;
}

#if HAVE_LONG
/* The same of --name, with what stands behind it: 0 if that may not be. */
static int
words_level(struct option *o, char *value)
{
	if (OPTION_VALUE(o) || *value != '=')
		return 1;
	return WORDS_TWO(o) && (value[1] == '1' || value[1] == '2') &&
	    value[2] == '\0' ? value[1] - '0' : 0;
}
#endif
#else
#define WORDS_TWO(o) 0
#define words_twice(o, again) (void)0
#define words_level(o, value) (OPTION_VALUE(o) || *(value) != '=')
#endif

/* In a file only a plug's own options are allowed. */
static int
words_allowed(struct option *o, char *word)
{
	struct option any;

	if (PLACE == 0L || OPTION_OWN(o))
		return 1;
	any = *o;
	any.max = 0;		/* whatever its value */
	(void)option_bad(&any, "of the command line, not of one plug", word);
	return 0;
}

/*
 * -nld, -r5, -r 5: returns the words that were used up, or 0 when it was said
 * what is wrong.
 */
static int
words_cluster(char *word, char *next)
{
	struct option *o;
	char *p, *value;
	int used;

	used = 1;
	for (p = word + 1; *p != '\0'; p++) {
		for (o = options; o->letter != 0 && o->letter != *p; o++)
			continue;
		if (o->letter == 0) {
			(void)hint_letter(word, p);
			return 0;
		}
		if (!words_allowed(o, word))
			return 0;
		value = 0;
		if (OPTION_VALUE(o)) {
			value = p[1] != '\0' ? p + 1 : next;
			used += p[1] == '\0';
			if (value == 0) {
				(void)option_bad(o, "needs a value", word);
				return 0;
			}
		}
		if (words_apply(o, value) != 0 || hint_pair(word, p) != 0)
			return 0;
		words_twice(o, p[-1] == *p);
		if (value != 0)
			break;
	}
	return used;
}

#if HAVE_LONG
/*
 * The name begins as the word does up to its end or a '=': where that stands,
 * or 0.  What the name has left is returned in it.
 */
static char *
words_begins(char *word, char **name)
{
	for (; **name != '\0' && *word == **name; word++)
		(*name)++;
	return *word == '\0' || *word == '=' ? word : (char *)0;
}

/*
 * The option whose long name is the word, up to its end or the '=' that is
 * returned in *value, or which alone begins so: 0 if none does, and another
 * one in *other if several do.
 */
static struct option *
words_find(char *word, char **value, struct option **other)
{
	struct option *o, *found;
	char *end, *rest;

	found = *other = 0;
	*value = word;
	for (o = options; o->letter != 0; o++) {
		rest = o->name;
		end = words_begins(word, &rest);
		if (end == 0 || end == word)
			continue;
		*value = end;
		*other = *rest != '\0' ? found : (struct option *)0;
		found = o;
		if (*rest == '\0')
			break;
	}
	return found;
}

/*
 * --name value, --name=value: returns the words that were used up, or 0.  The
 * beginning of a name is enough where no other begins so.
 */
static int
words_long(char *word, char *next)
{
	struct option *o, *other;
	char *value;
	int used, level;

	o = words_find(word + 2, &value, &other);
	if (o == 0 || other != 0) {
		(void)(o == 0 ? hint_long(word) : hint_both(word, other, o));
		return 0;
	}
	level = words_level(o, value);
	if (level == 0) {
		(void)log_usage(WORDS_TWO(o) ? "its value is 1 or 2" :
		    "this option has no value", word);
		return 0;
	}
	if (!words_allowed(o, word))
		return 0;
	used = 1;
	if (*value == '=')
		value++;
	else if (OPTION_VALUE(o)) {
		value = next;
		used = 2;
	}
	if (OPTION_VALUE(o) && value == 0) {
		(void)option_bad(o, "needs a value", word);
		return 0;
	}
	if (words_apply(o, OPTION_VALUE(o) ? value : (char *)0) != 0)
		return 0;
	words_twice(o, level == 2);
	return used;
}

/* --inetd, or its beginning. */
static int
words_inetd(char *word)
{
	struct option *o, *other;
	char *value;

	if (word[0] != '-' || word[1] != '-')
		return 0;
	o = words_find(word + 2, &value, &other);
	return o != 0 && other == 0 && o->letter == 'I';
}
#else
#define words_long(word, next) words_cluster(word, next)
#define words_inetd(word) 0
#endif

/* What this system can't do is refused with the reason, not done by half. */
static int
words_system(void)
{
	if (!HAVE_FORK && (conf.fork || conf.workers > 0L))
		return log_usage("no -F and no -w: this system has no fork",
		    (char *)0);
	if (!HAVE_FORK && !conf.foreground && !conf.test)
		return log_usage("-n is needed: this system has no fork",
		    (char *)0);
	return 0;
}

/* -o is -b first, and nothing else.  2.5.5 had -o alone. */
static int
words_contradict(void)
{
	if (!option.first)
		return 0;
	if (draft.balance >= 0 && draft.balance != B_FIRST)
		return log_usage("-o contradicts -b", (char *)0);
	draft.balance = B_FIRST;
	return 0;
}

/*
 * What one plug's options alone can't tell; then its operands, and its row.
 */
static int
words_plug(void)
{
	if (words_contradict())
		return END_USAGE;
	if (draft.balance < 0)
		draft.balance = option.base.balance;
	if (draft.reserved && conf.uid != NEVER)
		return log_usage("-q needs rights that -u gives up",
		    (char *)0);
	draft.nrule = rule.n - draft.rule;
	if (operand_plug() != 0)
		return END_USAGE;
	if (!HAVE_SHARE && conf.workers > 0L && (draft.sticky ||
	    draft.max > 0L || draft.most > 0L || draft.capped ||
	    draft.check > 0L || STATUS_ASKED))
		return log_usage(
		    "no -f, -H, -m, -M, -s, max with -w: no shared memory",
		    (char *)0);
	if (plug_add() != 0)
		return END_USAGE;
	advice_plug();
	return 0;
}

/*
 * Options and operands, in any order, "--" between them at will: 0 or
 * END_USAGE.
 */
static int
words_read(int n, char **words)
{
	int i, used, ended;
	char *next;

	ended = 0;
	for (i = 0; i < n; i += used) {
		used = 1;
		next = i + 1 < n ? words[i + 1] : (char *)0;
		if (ended || words[i][0] != '-') {
			if (!operand_add(words[i]))
				return hint_limit("too many targets",
				    (long)MAXTARGET, "MAXTARGET", words[i]);
		} else if (str_same(words[i], "--"))
			ended = 1;
		else if (words[i][1] == '-')
			used = words_long(words[i], next);
		else
			used = words_cluster(words[i], next);
		if (used == 0)
			return END_USAGE;
	}
	return 0;
}

/*
 * CONFIG: the whole command line, and the file of -c, a plug a line.  A file
 * is read whole, and none of it takes effect before all of it was understood.
 *
 * An error names the line.  The buffer is cut into words where it is; plugs
 * that are taken keep copies of their strings.
 *
 * Owns: the file's text, and the words of a line.
 * Calls: log rule listen option hint operand plug advice words.
 */

#if HAVE_FILE
#define MAXWORDS (2 * (MAXTARGET + MAXRULE))

static struct {
	char text[MAXCONF + 2];
	char *words[MAXWORDS];	/* of the line that is read now */
} config;

/* A blank between words; CR, since a file may come from another system. */
static int
is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\0';
}

/*
 * The word at *p, in place and without its quotes, which may stand anywhere
 * in it: " or ', and blanks and '#' between them are such.  *p moves on.
 */
static int
config_word(char **p, char *word)
{
	char *s, *out;
	int quote;

	out = word;
	quote = 0;
	for (s = word; quote != 0 || !is_blank(*s); s++) {
		if (*s == '\0') {
			*out = '\0';
			return log_usage("quote without an end", word);
		}
		if (quote == 0 && (*s == '"' || *s == '\''))
			quote = *s;
		else if (quote != 0 && *s == quote)
			quote = 0;
		else
			*out++ = *s;
	}
	*p = *s == '\0' ? s : s + 1;
	*out = '\0';
	return 0;
}

/*
 * How many words a line has, or -1; '#' begins a comment where a word would.
 */
static int
config_split(char *p)
{
	int n;

	for (n = 0; ; n++) {
		while (*p != '\0' && is_blank(*p))
			p++;
		if (*p == '\0' || *p == '#')
			return n;
		config.words[n < MAXWORDS ? n : 0] = p;
		if (n == MAXWORDS)
			(void)hint_limit("too many words", (long)MAXWORDS,
			    "by MAXTARGET, MAXRULE", p);
		if (n == MAXWORDS || config_word(&p, p) != 0)
			return -1;
	}
}

/* One line, which ends with NUL: 0 or END_USAGE. */
static int
config_line(char *p)
{
	int n;

	n = config_split(p);
	if (n <= 0)
		return n == 0 ? 0 : END_USAGE;
	option_reset();
	operand_reset();
	draft.rule = rule.n;
	if (words_read(n, config.words) != 0)
		return END_USAGE;
	return words_plug();
}

/*
 * Open the file of -c: its descriptor, or -1 when that was said.  The start
 * waits for what a pipe will bring, as its user may; a daemon waits for
 * nobody, and reads a plain file alone.
 */
static int
config_open(void)
{
	struct stat st;
	int fd, how;

	how = plug.reading > 1 ? O_NONBLOCK : 0;
	fd = sys_open(conf.file, O_RDONLY | O_NOCTTY | O_CLOEXEC | how, 0);
	if (fd < 0)
		log_trouble((struct listener *)0, conf.file, errno);
	else if (how != 0 && (sys_fstat(fd, &st) < 0 ||
	    !S_ISREG(st.st_mode))) {
		(void)log_usage("not a plain file", conf.file);
		(void)sys_close(fd);
		fd = -1;
	}
	return fd;
}

/*
 * The whole file into memory: its bytes, or -1 when that was said.  One byte
 * more than MAXCONF tells that it is too long.
 */
static long
config_read(void)
{
	long n, len;
	int fd;

	fd = config_open();
	if (fd < 0)
		return -1L;
	n = 0L;
	for (len = 0L; len <= (long)MAXCONF; len += n) {
		n = (long)sys_read(fd, config.text + len,
		    (unsigned)(MAXCONF + 1 - len));
		if (n < 0L && again())
			n = 0L;
		else if (n <= 0L)
			break;
	}
	if (n < 0L)
		log_trouble((struct listener *)0, conf.file, errno);
	else if (len > (long)MAXCONF)
		(void)hint_limit("file too long", (long)MAXCONF, "MAXCONF",
		    conf.file);
	(void)sys_close(fd);
	return n < 0L || len > (long)MAXCONF ? -1L : len;
}

/* How many ports the plugs just read have; several lines' count once. */
static int
config_ports(void)
{
	struct listener l;
	struct plug *p;
	int i, j, n;

	n = 0;
	for (i = 0; i < plug.nfresh; i++) {
		p = &plugs[plug.fresh[i]];
		l.at = p->source;
		l.path = p->path;
		for (; n <= MAXLISTEN && l.at.port <= p->last; l.at.port++) {
			j = 0;
			while (!listen_serves(&plugs[plug.fresh[j]], &l))
				j++;
			n += j == i;
		}
	}
	return n;
}

/*
 * Read the plugs in the file of -c: 0, or END_USAGE when that was said and
 * nothing has changed.
 */
static int
config_file(void)
{
	long i, from, len, n;
	int r;

	plug_read();
	len = config_read();
	r = len < 0L ? END_USAGE : 0;
	n = 1L;
	log_place(n);
	for (i = from = 0L; r == 0 && i <= len; i++) {
		if (i < len && config.text[i] == '\0')
			r = log_usage("NUL", config.text + from);
		if (i < len && config.text[i] != '\n')
			continue;
		config.text[i] = '\0';
		r = config_line(config.text + from);
		log_place(++n);
		from = i + 1;
	}
	log_place(0L);
	if (r == 0 && plug.nfresh == 0)
		r = log_usage("no plug in file", conf.file);
	if (r == 0 && config_ports() > MAXLISTEN)
		r = hint_limit("too many ports in file", (long)MAXLISTEN,
		    "MAXLISTEN", conf.file);
	return r;
}
#else
#define config_file() 0
#define config_ports() ((int)(draft.last - draft.source.port) + 1)
#endif

/*
 * True when -I is on the command line: errors must not reach the client then,
 * so that this has to be known before anything is parsed.
 */
static int
config_inetd(int argc, char **argv)
{
	struct option *o;
	char *p;
	int i;

	for (i = 1; i < argc && !str_same(argv[i], "--"); i++) {
		if (words_inetd(argv[i]))
			return 1;
		for (p = argv[i]; *argv[i] == '-' && *++p != '\0'; ) {
			for (o = options; o->letter != 0; o++)
				if (o->letter == *p)
					break;
			if (o->letter == 'I')
				return 1;
			if (o->letter == 0 || OPTION_VALUE(o)) {
				i += o->letter != 0 && p[1] == '\0';
				break;
			}
		}
	}
	return 0;
}

/*
 * What one of the daemon's options alone can't tell: those that exclude each
 * other, and those that imply another.  -I with a socket that listens is a
 * daemon, too.
 */
static int
config_check(void)
{
	if ((conf.fork != 0L) + (conf.workers > 0L) + (conf.inetd != 0L) > 1)
		return log_usage("only one of -F, -w and -I", (char *)0);
	if (conf.inetd && (CONF_FILE != 0 || (!HANDED &&
	    (conf.pidfile != 0 || (HAVE_CHECK && draft.check > 0L) ||
	    STATUS_ASKED)) ||
	    (conf.sessions != 0 && str_same(conf.sessions, "-"))))
		return log_usage("no -c, -H, -P, -s and -S - with -I",
		    (char *)0);
	if (conf.debug > 0 || conf.inetd ||
	    (conf.sessions != 0 && str_same(conf.sessions, "-")))
		conf.foreground = 1;
	if (conf.inetd && HANDED) {
		conf.inetd = 0L;
		operand_wait();
	}
	if (CONF_FILE != 0 && operand.n > 0)
		return log_usage("operand beside -c", operand.words[0]);
	return words_system();
}

/*
 * The command line, with all that it names: 0 or END_USAGE.  With -c it has
 * what all lines of the file begin with.
 */
static int
config_parse(int argc, char **argv)
{
	draft.retry = conf.grace = conf.uid = NEVER;
	draft.remember = 3600L;
	draft.patience = 20L;
	draft.balance = -1;
	if (words_read(argc - 1, argv + 1) != 0 || config_check() != 0)
		return END_USAGE;
	if (CONF_FILE == 0)
		return words_plug();
	if (words_contradict())
		return END_USAGE;
	if (draft.balance < 0)
		draft.balance = B_CYCLE;
	option_common();
	rule_common();
	advice_common();
	return config_file();
}

/*
 * LOOKUP: names of targets are looked up by a child, since the resolver takes
 * its time.  It tells what it finds on a pipe, a record a name, and ends.
 *
 * An address that was found takes effect at once, for new sessions; a name
 * that is not found keeps the one that it had.  Others may read an address
 * while it is written: there are two places for each, and one word says which
 * counts.
 *
 * Owns: that pipe.
 * Calls: self text addr log target dial listen plug.
 */

#if HAVE_NAMES
static struct {
	int fd;		/* that pipe, while there is a child */
	long pid;
	struct stamp since;	/* when it began */
	int owed;		/* it could not begin */
} lookup = { -1, 0L, { 0L, 0L }, 0 };

/* The plug's target is a name, for us to look up. */
static int
lookup_wants(struct plug *p, int t)
{
	return !VIA(p) && NAMED(&targets[t]);
}

/* How many names there are, or how many of them have no address. */
static int
lookup_count(int all)
{
	struct plug *p;
	int i, t, n;

	n = 0;
	for (i = 0; i < NPLUG; i++) {
		p = PLUG_AT(i);
		for (t = p->target; t < p->target + p->ntarget; t++)
			n += lookup_wants(p, t) &&
			    (all || target_at(&targets[t])->family == 0);
	}
	return n;
}

/* The child: every name once. */
static void
lookup_all(int fd)
{
	struct found f;
	struct plug *p;
	int i, t;

	for (i = 0; i < NPLUG; i++) {
		p = PLUG_AT(i);
		for (t = p->target; t < p->target + p->ntarget; t++) {
			if (!lookup_wants(p, t))
				continue;
			mem_zero(&f, sizeof f);
			f.slot = SLOT_OF(t);
			f.age = plug.age;
			f.at = *target_at(&targets[t]);
			f.at.family = name_lookup(targets[t].name,
			    p->from.family, f.at.family, f.at.ip);
			(void)sys_write(fd, (char *)&f, sizeof f);
		}
	}
	_exit(END_OK);
}

/* Nothing more is wanted of the child, if there is one. */
static void
lookup_close(void)
{
	if (lookup.fd < 0)
		return;
	ev_drop(lookup.fd);
	(void)sys_close(lookup.fd);
	lookup.fd = -1;
}

/*
 * Not any more; in the process that has begun it.  The child may hang in the
 * resolver.
 */
static void
lookup_stop(void)
{
	if (lookup.fd >= 0)
		(void)sys_kill(lookup.pid, SIGKILL);
	lookup_close();
}

/* Begin to look all names up, anew if that is under way: 0 or an errno. */
static int
lookup_start(void)
{
	int p[2];

	lookup_stop();
	lookup.since = now;
	if (lookup_count(1) == 0)
		return 0;
	if (sys_pipe(p) < 0 && (!dial_spare() || sys_pipe(p) < 0))
		return errno;
	lookup.pid = (long)sys_fork();
	if (lookup.pid == 0L)
		lookup_all(name_child(p[1], DNSLIMIT));
	(void)sys_close(p[1]);
	lookup.fd = p[0];
	fd_prepare(lookup.fd);
	if (lookup.pid > 0L && ev_set(lookup.fd, ID_NAMES, EV_READ) == 0)
		return 0;
	lookup_close();
	return errno;
}

/* The next record, if it is about what we have now. */
static int
lookup_next(struct found *f)
{
	long n;

	while (lookup.fd >= 0) {
		n = (long)sys_read(lookup.fd, (char *)f, sizeof *f);
		if (n < 0L && again())
			return 0;
		if (n != (long)sizeof *f)
			lookup_close();
		else if (f->age == plug.age && f->slot >= 0 &&
		    f->slot < MAXTARGET)
			return 1;
	}
	return 0;
}

/*
 * It is time for that: -D has gone by, or DNSRETRY for names that have no
 * address yet.
 */
static int
lookup_due(void)
{
	if (lookup.fd >= 0)
		return 0;
	return (lookup.owed && elapsed(&lookup.since, 1L)) ||
	    (conf.dns > 0L && elapsed(&lookup.since, conf.dns) &&
	    lookup_count(1) > 0) ||
	    (elapsed(&lookup.since, (long)DNSRETRY) && lookup_count(0) > 0);
}

/* Say what became of a name. */
static void
lookup_say(struct plug *p, struct target *g, struct addr *at, char *why)
{
	struct text *t;

	t = log_start(listen_find(p, p->source.port));
	put_str(t, "target ");
	put_str(t, g->name);
	put_str(t, why);
	if (at->family != 0)
		put_ip(t, at);
	log_end(TO_BOTH, at->family != 0 ? LOG_LEVEL_NOTICE :
	    LOG_LEVEL_WARNING);
}

/* A connect of p to there would come back to one of the plugs. */
static int
lookup_loops(struct plug *p, struct addr *at)
{
	int i;

	for (i = 0; i < NPLUG; i++)
		if (plug_meets(p, PLUG_AT(i), at, (char *)0))
			return !conf.inetd;
	return 0;
}

/*
 * A name's address, or none, which is said once: then the one that it had
 * stays.  Others may read while we write, hence two places.
 */
static void
lookup_take(struct plug *p, struct target *g, struct addr *at)
{
	static char lost[NAMEROWS];
	struct addr check;
	int slot, was;

	slot = SLOT_OF((int)(g - targets));
	at->port = g->at.port;
	check = *at;
	target_check(g, &check);
	was = lost[slot];
	lost[slot] = at->family == 0 || lookup_loops(p, at) ||
	    lookup_loops(p, &check);
	if (lost[slot] && !was)
		lookup_say(p, g, at, at->family == 0 ?
		    ": name not found" : " would be this plug itself: ");
	if (lost[slot] || addr_same(target_at(g), at))
		return;
	lookup_say(p, g, at, " is now ");
	sh->found[slot][!sh->which[slot]] = *at;
	sh->which[slot] = !sh->which[slot];
	(void)target_alive(slot);
}

/*
 * What the child has found by now: the same name may stand in several plugs.
 */
static void
lookup_hear(void)
{
	struct found f;
	struct plug *p;
	int i, t;

	while (lookup_next(&f))
		for (i = 0; i < NPLUG; i++) {
			p = PLUG_AT(i);
			for (t = p->target; t < p->target + p->ntarget; t++)
				if (lookup_wants(p, t) && SLOT_OF(t) == f.slot)
					lookup_take(p, &targets[t], &f.at);
		}
}

/* Look names up. */
static void
lookup_names(void)
{
	int e;

	e = lookup_start();
	lookup.owed = e != 0;
	if (e != 0)
		log_minute(listen_only(), "names", e);
}

/* A name waits to be looked up again. */
static int
lookup_timed(void)
{
	return !IS_CHILD && !IS_WORKER && lookup.fd < 0 &&
	    (lookup.owed || lookup_count(0) > 0 ||
	    (conf.dns > 0L && lookup_count(1) > 0));
}
#else
#define lookup_close() (void)0
#define lookup_stop() (void)0
#define lookup_due() 0
#define lookup_hear() (void)0
#define lookup_names() (void)0
#define lookup_timed() 0
#endif

/*
 * CHILD: fork, reap, and fold in what a child has counted.
 *
 * With -w the master forks workers that share the listeners, and does not
 * serve itself.  With -F the first process accepts, picks a target, begins
 * the connect, so that a client's connections arrive in their order, and then
 * forks: the child has that one session, fails over by itself, and ends with
 * it.  The session's row stays with the first process, for what the child may
 * not live to tell.  The first process alone writes the pid file, probes,
 * answers -s, reads the file of -c.
 *
 * A session of a child has its line, its counts and its trial even where the
 * child was killed: they are written by the first process, from the child's
 * row of counters and its own row of the session.
 *
 * Owns: children[], how many there are, and the leash.
 * Calls: self log slog guest target sticky session listen check query pid
 * rights lookup.
 */

/* A child can't begin: the peers of the r for it see no clean end. */
static void
child_stillborn(int r)
{
	int i;

	for (i = 0; i < 2 && r >= 0; i++)
		(void)sock_option(sessions[r].side[i].fd, OPT_RESET);
	_exit(END_SYSTEM);
}

#if HAVE_WORKERS
/* The leash, before any worker is forked: 0, or -1 with errno. */
static int
child_tie(void)
{
	return sys_pipe(child.leash);
}

/* A worker has one end of it, and the master the other. */
static void
child_leash(void)
{
	if (child.leash[1] != 0)
		(void)sys_close(child.leash[1]);
	child.leash[1] = 0;
}

/* The master may live still. */
#define IS_TIED (child.leash[0] != 0)

/* That end of it is wanted: 0, or -1 with errno. */
static int
child_watch(void)
{
	return ev_set(child.leash[0], ID_PARENT, EV_READ);
}

/* The master is gone. */
static void
child_freed(void)
{
	ev_drop(child.leash[0]);
	(void)sys_close(child.leash[0]);
	child.leash[0] = 0;
}
#else
#define child_tie() 0
#define IS_TIED 0
#define child_leash() (void)0
#define child_watch() 0
#define child_freed() (void)0
#endif

/* Tries at what a child needs, 50 ms apart, before its client is lost. */
#if FRUGAL
#define BIRTHTRIES 0
#else
#define BIRTHTRIES 100
#endif

/*
 * The signals and events of this process: 0, or -1 with errno; or 1, where
 * events have refused the signals: the sweep asks again.
 */
static int
child_events(void)
{
	if (sig_open() < 0) {
		sig_pipe[0] = -1;
		return -1;
	}
	return ev_open() < 0 ? -1 : ev_set(sig_pipe[0], ID_SIGNAL, EV_READ);
}

/*
 * A child must not hold what is the master's.  The events are its own before
 * it closes listeners: the master goes on to hear of them.
 */
static void
child_begin(int slot, int i)
{
	int n;

	self_child(slot);
	child.live = child.top = 0;
	slog_forget();
	listen_anew();
	check_close_all();
	lookup_close();
	pid_close();
	rights_child();
	child_leash();
	news_leave();
	for (n = 0; child_events() < 0; n++) {
		if (n == BIRTHTRIES || !sock_exhausted(errno))
			child_stillborn(i);
		clock_nap(50L);
	}
	query_close_all(0);
}

/* A free row of children, or -1. */
static int
child_slot(void)
{
	int i;

	for (i = 0; i < MAXCHILD; i++)
		if (children[i].pid == 0L)
			return i;
	return -1;
}

/*
 * Fork, for the r in this row or for none: 0 in the child, its who in
 * the parent, -1 with errno when there is none.  The child's r counts
 * in the child's row at once: it may die before it runs.
 */
static long
child_fork(int r)
{
	struct tally *c;
	long who;
	int slot;

	slot = child_slot();
	errno = EAGAIN;
	if (slot < 0)
		return -1L;
	self_use(slot);
	c = &sh->tally[slot + 1];
	if (r >= 0) {
		c->live = 1;
		if (sessions[r].aimed)
			c->aim = SLOT(&sessions[r]) + 1;
	}
	who = (long)sys_fork();
	if (who < 0L) {
		c->live = 0;
		c->aim = 0;
		return -1L;
	}
	if (who == 0L) {
		child_begin(slot, r);
		return 0L;
	}
	children[slot].pid = who;
	children[slot].session = r;
	children[slot].age = plug.age;
	if (slot >= child.top)
		child.top = slot + 1;
	child.live++;
	pid_change();
	return who;
}

#if HAVE_STATUS
/* What it counted for targets. */
static void
child_traffic(int slot)
{
	struct traffic *y;
	struct tally *c;
	int i;

	c = &sh->tally[slot + 1];
	traffic_add(tally_slot(c), c->served, &c->in, &c->out);
	if (slot + 1 >= NTRAFFIC)
		return;
	y = ALL_TRAFFIC + (slot + 1) * MAXTARGET;
	for (i = 0; i < MAXTARGET; i++)
		traffic_add(i, y[i].served + y[i].live, &y[i].in, &y[i].out);
	mem_zero(y, MAXTARGET * sizeof *y);
}
#else
#define child_traffic(slot) (void)0
#endif

/*
 * -F: a child is dead, and its session with it.  What the child can't have
 * told of it any more we tell, as far as we know it.
 */
static void
child_session(struct session *s, struct tally *c)
{
	self.mine->live++;
	if (c->live == 0) {
		session_forget(s);
		return;
	}
	session_fold(s, c);
	session_end(s, END_CUT);
}

/*
 * What a dead child counted is ours now; the sessions that it had have ended
 * badly, what else it had begun is nobody's.
 */
static void
child_fold(int slot)
{
	struct tally *c;

	c = &sh->tally[slot + 1];
	if (children[slot].session >= 0)
		child_session(&sessions[children[slot].session], c);
	else {
		c->served += c->live;
		c->failed += c->live;
	}
	c->live = 0;
	tally_add(&sh->tally[0], c);
	child_traffic(slot);
	mem_zero(c, sizeof *c);
	mem_zero(sh->live[slot + 1], sizeof sh->live[0]);
	if (HAVE_WORKERS && slot < NGUESTS)
		mem_zero(ALL_GUESTS + slot, sizeof *ALL_GUESTS);
}

/* A child's counts, and where it is. */
static void
news_sum(struct tally *c, struct tally *more)
{
	c->live = more->live;
	c->aim = more->aim;
	more->live = 0;
	tally_add(&sh->tally[0], more);
	traffic_add(tally_slot(c), more->served, &more->in, &more->out);
}

#if HAVE_STATUS
/* A target failed, and why. */
static void
news_dead(struct news *n)
{
	n->why[MAXWHY - 1] = '\0';
	target_why(n->slot, n->why, 0);
	(void)target_dead(n->slot);
}
#else
#define news_dead(n) (void)target_dead((n)->slot)
#endif

/* One record of a child. */
static void
news_take(struct news *n)
{
	if (n->what == N_COUNT && n->plug > 0 && n->plug <= MAXCHILD)
		news_sum(&sh->tally[n->plug], &n->count);
	else if (n->what == N_LOG)
		sh->slog_bad = n->slot;
	else if (n->slot < 0 || n->slot >= MAXTARGET ||
	    n->plug < 0 || n->plug >= MAXPLUG)
		return;
	else if (n->what == N_ALIVE)
		(void)target_alive(n->slot);
	else if (n->what == N_MET)
		target_met(n->slot);
	else if (n->what == N_DEAD)
		news_dead(n);
	else if (n->what == N_RELEASE)
		target_release(n->slot);
	else if (n->what == N_KEEP)
		sticky_keep(&plugs[n->plug], &n->client, n->slot);
}

/* All that children have told by now. */
static void
news_hear(void)
{
	struct news n;

	while (!HAVE_SHARE && self.news[0] != 0 &&
	    sys_read(self.news[0], (char *)&n, sizeof n) == (long)sizeof n)
		news_take(&n);
}

/* -F: sessions that have ended count no more for -M, reaped or not. */
static void
child_guests(void)
{
	int i;

	for (i = 0; i < child.top; i++)
		if (children[i].pid > 0L && sh->tally[i + 1].live == 0)
			guest_drop(children[i].session);
}

/* Children that ended: returns how many.  What they told comes first. */
static int
child_buried(void)
{
	long who;
	int i, n, status;

	n = 0;
	while ((who = child_reap(&status)) > 0L) {
		for (i = 0; i < child.top && children[i].pid != who; i++)
			continue;
		if (i == child.top)
			continue;
		news_hear();
		children[i].pid = 0L;
		child.live--;
		child_fold(i);
		target_orphan(who);
		pid_change();
		n++;
		log_debug(1, "child ended with status", (int)i, (long)status);
	}
	return n;
}

/* Pass a signal on to every child. */
static void
child_signal(int sig)
{
	int i;

	for (i = 0; i < child.top; i++)
		if (children[i].pid > 0L &&
		    (sig != SIGHUP || !IS_MASTER || conf.file == 0 ||
		    children[i].age < plug.age))
			(void)sys_kill(children[i].pid, sig);
}

/* Workers that have the tables of now. */
static int
child_workers(void)
{
	int i, n;

	n = 0;
	for (i = 0; i < child.top; i++)
		n += children[i].pid > 0L && children[i].age == plug.age;
	return n;
}

/*
 * ADMIT: rules, limits; a client becomes a session or a child; a session's
 * event, and what follows from it.
 *
 * A client of a port is his who admits him first: plugs are asked in the
 * order of their lines.  Workers accept from the same listener, so each
 * raises the counts before it accepts and looks at the sum: two can't both
 * take the last place of -m.  Whoever is over -M may only be so because
 * another process has not yet seen an end: he is looked at again for a while
 * before he is refused.
 *
 * Owns: whether clients are taken, and who waits for -M.
 * Calls: self text log rule guest target pick side session ring relay dial
 * connect listen check child.
 */

#define PEERMS 50L		/* what others do is looked at so often */

static struct {
	char over[MAXPLUG];	/* the i-th plug was at its limit */
	int draining;	/* SIGTERM: no new clients */
	struct stamp drained;	/* since when */
	int full;	/* at the limit, until so many sweeps see room */
	int crowded;	/* clients wait in S_ROOM */
} admit;

/* Sessions of a plug, all workers'. */
static long
admit_count(struct plug *p)
{
	long n;
	int i;

	if (!IS_WORKER)
		return (long)sh->live[self.row][p->id];
	n = 0L;
	for (i = self_used(MAXCHILD); i >= 0; i--)
		n += (long)sh->live[i][p->id];
	return n;
}

/* So many more clients would be too many for the plug. */
static int
admit_over(struct plug *p, long more)
{
	return (p->max > 0L && admit_count(p) + more > p->max) ||
	    pick_full(p);
}

/* They are within the limits of every plug of the listener. */
static int
admit_within(struct listener *l, long more)
{
	int i;

	for (i = PLUG_FROM(l); i < PLUG_END(l); i++)
		if (admit_over(PLUG_AT(i), more) &&
		    listen_serves(PLUG_AT(i), l))
			return 0;
	return 1;
}

/*
 * A plug has come to its limit, or has left it: something else is wanted of
 * listeners.  So it is when one is there and that was not said: others' ends
 * are looked for while it was.
 */
static int
admit_turns(void)
{
	int i, over, turns;

	turns = 0;
	for (i = 0; i < NPLUG; i++) {
		over = admit_over(PLUG_AT(i), 1L);
		turns |= over != admit.over[i] || over > admit.full;
		admit.over[i] = (char)over;
	}
	return turns;
}

/*
 * Sessions at once are below the limit of this process.  Whether there is a
 * row for one more is asked when there is a client: those at rest can be used
 * by then.
 */
static int
admit_room(void)
{
	return session.live < session.limit;
}

/* No clients any more. */
static void
admit_stop(void)
{
	admit.draining = 1;
	admit.drained = now;
}

/* Say once an episode that clients have to wait. */
static void
admit_full(struct listener *l)
{
	struct text *t;
	int full;

	full = admit.full;
	admit.full = 2;
	if (full)
		return;
	t = log_start(l);
	put_str(t, "limit of sessions reached, clients wait");
	log_end(TO_BOTH, LOG_LEVEL_WARNING);
}

/* There is room at two sweeps in a row, so nobody waits for it: say so. */
static void
admit_below(void)
{
	if (--admit.full > 0)
		return;
	put_str(log_start(listen_only()), "below the limit of sessions");
	log_end(TO_BOTH, LOG_LEVEL_NOTICE);
}

/*
 * -F: the new child has this session, and nothing of the others'.  What it
 * waits for has its time from now on: it may have waited for a process.
 */
static void
admit_child(struct session *s)
{
	self_become(P_CHILD);
	s->moved = now;
	admit.draining = 1;
	admit.full = admit.crowded = 0;
	sh->live[self.row][PLUG(s)->id] = 1;
	listen_close_all();
	session_alone(s);
}

/*
 * -F: hand the session, whose connect has begun, to a child; true in that.
 * Its row is kept for what the child may not live to tell.  Without a process
 * it waits with us for the end of another, or the next sweep.
 */
static int
admit_fork(struct session *s)
{
	long who;

	who = child_fork(session_id(s));
	if (who == 0L) {
		admit_child(s);
		return 1;
	}
	if (who < 0L) {
		connect_starve(errno);
		listen_trouble("client fork", connecting.starved);
		return 0;
	}
	if (s->trial)
		target_hand(SLOT(s), who);
	s->trial = 0;
	s->state = S_CHILD;
	session_aim(s, -1);
	side_close(&s->side[CLIENT]);
	side_close(&s->side[TARGET]);
	self.mine->live--;
	return 0;
}

/* A session has had an event: go on with the verdict. */
static void
admit_verdict(struct session *s, int verdict)
{
	if (verdict == DONE && s->state == S_RELAY) {
		(void)relay_move(s, CLIENT, 0, 0);
		(void)relay_move(s, TARGET, 0, 0);
		verdict = relay_settle(s);
	}
	if (verdict != MORE)
		session_end(s, s->status);
	else if ((!IS_FORKER || admit_fork(s)) && session_arm(s) < 0)
		session_end(s, END_SYSTEM);
}

/* Bytes of it were moved: go on. */
static void
admit_moved(struct session *s)
{
	int r;

	r = relay_settle(s);
	if (r != DONE) {
		admit_verdict(s, r);
		return;
	}
	dial_keep(s);
	session_end(s, END_OK);
}

/* An event on side i of a session. */
static void
admit_event(struct session *s, int i, int got)
{
	int r;

	if (IS_PROBE(s)) {
		check_session(s);
		return;
	}
	switch (s->state) {
	case S_FREE:
		return;
	case S_CONNECT:
		r = i == CLIENT ? relay_early(s) : connect_event(s);
		break;
	case S_HELLO:
		r = i == CLIENT ? relay_early(s) : connect_hello(s);
		break;
	default:
		if (got & EV_READ)
			relay_event(s, i, 1);
		if (got & EV_WRITE)
			relay_event(s, !i, 0);
		admit_moved(s);
		return;
	}
	admit_verdict(s, r);
}

#if HAVE_RING
/* One bulk direction has its turn. */
static void
admit_bulk(void)
{
	struct session *s;
	int i;

	s = ring_next(&i);
	if (s == (struct session *)0 || s->pauses)
		return;
	relay_turn(s, i);
	admit_moved(s);
}
#else
#define admit_bulk() (void)0
#endif

/* Sessions of a client at a plug, in all processes. */
static long
admit_guests(struct plug *p, struct addr *client)
{
	long n;
	int i;

	if (!IS_WORKER || NGUESTS == 0)
		return guest_count(GUESTS, p->id, client);
	n = 0L;
	for (i = self_used(NGUESTS); i > 0; i--)
		n += guest_count(ALL_GUESTS + i - 1, p->id, client);
	return n;
}

/* Count a client at every plug of the listener, or at none: n is 1 or -1. */
static void
admit_reserve(struct listener *l, int n)
{
	struct plug *p;
	int i;

	for (i = PLUG_FROM(l); i < PLUG_END(l); i++) {
		p = PLUG_AT(i);
		if (listen_serves(p, l))
			sh->live[self.row][p->id] = (unsigned short)
			    ((int)sh->live[self.row][p->id] + n);
	}
	self.mine->live += (unsigned long)(long)n;
}

/* Rules can't tell who the client is, or don't admit it. */
static int
admit_bars(struct plug *p, int fd, struct addr *peer)
{
	return !rule_admits(p, peer) ||
	    (rule.n > 0 && peer->family == IP4 && sock_routed(fd));
}

/* The first plug of the listener that admits the client, or 0. */
static struct plug *
admit_plug(struct listener *l, int fd, struct addr *peer)
{
	int i;

	for (i = PLUG_FROM(l); i < PLUG_END(l); i++)
		if (listen_serves(PLUG_AT(i), l) &&
		    !admit_bars(PLUG_AT(i), fd, peer))
			return PLUG_AT(i);
	return (struct plug *)0;
}

/*
 * Begin the session if -M allows it to its client.  The others of that client
 * may have ended in other processes, or be about to: there one that is too
 * many is looked at again for a while, but no more of a client than -M is.
 */
static void
admit_client(struct session *s)
{
	struct plug *p;
	int i;

	p = PLUG(s);
	i = session_id(s);
	guest_drop(i);
	guest_add(i, p->id, &s->peer);
	if (p->most == 0L || admit_guests(p, &s->peer) <= p->most) {
		admit_verdict(s, connect_next(s));
		return;
	}
	guest_drop(i);
	guest_add(i, ~p->id, &s->peer);
	if (self.role == P_SINGLE || millis_since(&s->born) >= PEERMS ||
	    guest_count(GUESTS, ~p->id, &s->peer) > p->most) {
		log_refused(&listeners[s->listener], &s->peer);
		session_forget(s);
	} else {
		s->state = S_ROOM;
		admit.crowded = 1;
	}
}

/* Look again at clients that had too many. */
static void
admit_crowd(void)
{
	int i;

	if (!admit.crowded)
		return;
	admit.crowded = 0;
	if (IS_FORKER) {
		news_hear();
		child_guests();
	}
	for (i = 0; i < session.top; i++)
		if (sessions[i].state == S_ROOM)
			admit_client(&sessions[i]);
}

/* An admitted client becomes a session. */
static void
admit_begin(int fd, struct listener *l, struct plug *p, struct addr *peer)
{
	struct session *s;

	self.mine->live++;
	sh->live[self.row][p->id]++;
	if (p->keepalive && peer->family != UNIX)
		(void)sock_option(fd, OPT_KEEPALIVE);
	s = session_new(fd, (int)(l - listeners), (int)(p - plugs), peer);
	admit_client(s);
}

/*
 * Accept one client if there is one and room for it.  The counts are raised
 * first, so that two workers can't both take the last place.
 */
static int
admit_accept(struct listener *l)
{
	struct addr peer;
	struct plug *p;
	int fd;

	news_hear();
	if (l->fd < 0 || !session_room() || !admit_room() ||
	    !admit_within(l, 1L))
		return 0;
	if (IS_WORKER)
		admit_reserve(l, 1);
	fd = -1;
	if (!IS_WORKER || admit_within(l, 0L))
		fd = listen_accept(l, &peer);
	if (IS_WORKER)
		admit_reserve(l, -1);
	if (fd < 0)
		return 0;
	p = admit_plug(l, fd, &peer);
	if (p == (struct plug *)0) {
		log_refused(l, &peer);
		(void)sys_close(fd);
		return 1;
	}
	admit_begin(fd, l, p, &peer);
	return 1;
}

/*
 * GATE: which listeners are wanted, and which sessions that wait may try
 * again: for a descriptor, for a process, or for a target below its max.
 * While it is for descriptors or processes nobody is accepted.
 *
 * They try again when a session or a child ends, and once a second in any
 * case: what they wait for may come from outside.
 *
 * Calls: connect listen admit.
 */

/* Something has ended: those who wait may try again. */
static void
gate_revive(void)
{
	listen_ails(0);
	connect_revive();
}

/* Those who wait try again when others have ended, and at each sweep. */
static void
gate_starved(void)
{
	struct session *s;
	int i, e;

	if (session.rest > 0)
		gate_revive();
	if (listening.sick || !connect_due())
		return;
	for (i = 0; i < session.top; i++) {
		s = &sessions[i];
		if (s->state == S_CONNECT)
			admit_verdict(s, s->side[TARGET].fd >= 0 ? MORE :
			    s->waits ? connect_next(s) : connect_go(s));
	}
	e = connect_rest();
	if (e != 0)
		listen_trouble("connect", e);
}

/*
 * One of the listener's plugs was at its limit when admit_turns() looked.  It
 * is not looked again: others change the counts in between, and what is wanted
 * would not be what the next look compares with.
 */
static int
gate_shut(struct listener *l)
{
	int i;

	for (i = PLUG_FROM(l); i < PLUG_END(l); i++)
		if (admit.over[i] && listen_serves(PLUG_AT(i), l))
			return 1;
	return 0;
}

/* Want clients, or not, of one listener. */
static void
gate_listener(struct listener *l, int gate)
{
	int want;

	want = 0;
	if (PLUG_LIMITED && gate_shut(l))
		admit_full(l);
	else if (gate == GATE_OPEN &&
	    (!listening.rests || l->errors < ACCEPTS))
		want = IS_WORKER ? EV_READ | EV_ALONE : EV_READ;
	(void)ev_set(l->fd, ID_LISTEN + (int)(l - listeners), want);
}

/*
 * Want clients, or not, of all.  A thousand ports cost nothing while nothing
 * has changed: plugs are asked, not listeners.
 */
static void
gate_listen(void)
{
	int i, gate;

	gate_starved();
	if (IS_MASTER || admit.draining)
		return;
	gate = GATE_OPEN;
	if (!admit_room()) {
		gate = GATE_SHUT;
		admit_full(listen_only());
	} else if (listening.sick)
		gate = GATE_SHUT;
	if (PLUG_LIMITED && admit_turns())
		listen_anew();
	if (!listen_wanted(gate))
		return;
	for (i = 0; i < listening.n; i++)
		if (listeners[i].fd >= 0)
			gate_listener(&listeners[i], gate);
}

/*
 * RELOAD: the file of -c once more.  First all is read and checked, then all
 * new ports are bound, and only then anything changes: a file with a mistake
 * leaves plug as it is.  Who waits at a port that goes is served first.
 *
 * With -w the master reads the file and forks new workers, which have the new
 * tables; the old ones take who waits at ports that go, and end with their
 * last session.  Everything that a session points to stays where it is: rows
 * that are gone are freed at the next reload, when nobody needs them.
 *
 * Calls: text log dial bind listen watch check plug config child admit.
 */

/* Open what these plugs listen on: 0, or END_SYSTEM when that was said. */
static int
reload_open(int *list, int n)
{
	struct listener *l;
	struct plug *p;
	unsigned port;
	int i;

	for (i = 0; i < n; i++) {
		p = &plugs[list[i]];
		for (port = p->source.port; ; port++) {
			l = (struct listener *)0;
			if (listen_open(p, port, &l) < 0) {
				log_trouble(l, "server bind", errno);
				return END_SYSTEM;
			}
			if (port == p->last)
				break;
		}
	}
	return 0;
}

#if HAVE_FILE
/* A session, or a worker, needs the row of this plug. */
static int
reload_needs_plug(struct plug *p)
{
	int i;

	for (i = 0; i < session.top; i++)
		if (sessions[i].state != S_FREE && PLUG(&sessions[i]) == p)
			return 1;
	for (i = 0; i < child.top && IS_MASTER; i++)
		if (children[i].pid > 0L && children[i].age < p->age)
			return 1;
	return 0;
}

/* A session came by this listener. */
static int
reload_needs_listener(int l)
{
	int i;

	for (i = 0; i < session.top; i++)
		if (sessions[i].state != S_FREE && sessions[i].listener == l)
			return 1;
	return 0;
}

/* Free what was gone already and is not needed any more. */
static void
reload_release(void)
{
	int i;

	for (i = 0; i < MAXPLUG; i++)
		if (plugs[i].used == PL_GONE && !reload_needs_plug(&plugs[i]))
			plugs[i].used = PL_FREE;
	for (i = 0; i < listening.n; i++)
		if (listeners[i].used == L_GONE && !reload_needs_listener(i))
			listeners[i].used = L_FREE;
	plug_rows();
	name_sweep();
}

/*
 * Take who waits at the listeners that will be gone: 0, or -1 in a child
 * that was forked for one.
 */
static int
reload_last(void)
{
	int i, was;

	was = self.role;
	for (i = 0; i < listening.n && !IS_MASTER; i++)
		while (listeners[i].used == L_OPEN &&
		    admit_accept(&listeners[i]))
			if (self.role != was)
				return -1;
	return 0;
}

/*
 * New workers need rows of their own while old ones have sessions; those that
 * keep what -M, max and least count are fewer.  0, or END_SYSTEM when that
 * was said.
 */
static int
reload_rows(void)
{
	struct plug *p;
	int i, n;

	n = MAXCHILD;
	for (i = 0; i < plug.nfresh; i++) {
		p = &plugs[plug.fresh[i]];
		if (p->most > 0L || p->capped || p->balance == B_LEAST)
			n = NTRAFFIC - 1;
	}
	(void)child_buried();
	if (!IS_MASTER || child.live + (int)conf.workers <= n)
		return 0;
	log_trouble((struct listener *)0,
	    "too many old workers have sessions", 0);
	return END_SYSTEM;
}

/* Unix sockets that stay get the mode that the file has for them now. */
static void
reload_modes(void)
{
	struct listener *l;
	struct plug *p;
	int i;

	for (i = 0; i < plug.nfresh; i++) {
		p = &plugs[plug.fresh[i]];
		if (p->used != PL_NEW || p->path == (char *)0)
			continue;
		l = listen_find(p, 0);
		if (l != (struct listener *)0 && l->used == L_STAYS)
			bind_mode(l, p->mode);
	}
}

/* Read the file of -c again: all of it takes effect, or nothing changes. */
static void
reload_file(void)
{
	struct text *t;
	int from, ok;

	reload_release();
	(void)dial_spare();
	from = rule.n;
	ok = config_file() == 0 && reload_rows() == 0 &&
	    reload_open(plug.fresh, plug.nfresh) == 0;
	if (ok && reload_last() < 0)
		return;
	check_leave_all();
	if (ok) {
		reload_modes();
		plug_commit(from);
	} else
		plug_rollback(from);
	listen_settle(ok);
	watch_plan();
	t = log_start((struct listener *)0);
	put_file(t, conf.file);
	put_str(t, ok ? " was read again" :
	    ": not as it should be, nothing is changed");
	log_end(TO_BOTH, ok ? LOG_LEVEL_NOTICE : LOG_LEVEL_ERR);
}
#else
#define reload_file() (void)0
#endif

/*
 * SIGNAL: TERM, INT, HUP, USR1, USR2 and CHLD, which the handlers have only
 * noted; and workers, which come and go with them.
 *
 *	TERM	take who waits, then no more; end when the last one has
 *	TERM again, INT	end all sessions, as resets
 *	HUP	open the logs anew, read the file of -c, look names up
 *	USR1	tell how it goes
 *	USR2	tell of each session; so do children
 *	CHLD	fold in what a child has counted; PIPE is ignored
 *
 * Calls: self slog session dial listen check status roll query pid rights
 * lookup child admit reload.
 */

/* Every session ends now, as a reset; so do the children's. */
static void
signal_kill(void)
{
	int i;

	for (i = 0; i < session.top; i++)
		if (sessions[i].state != S_FREE &&
		    sessions[i].state != S_CHILD)
			session_end(&sessions[i], END_CUT);
	child_signal(SIGINT);
}

/*
 * Take who is waiting already, then no more: at SIGTERM, and a worker at
 * SIGHUP; then those at ports that stay are left to the new workers.
 */
static void
signal_drain(int all)
{
	int i, was;

	if (admit.draining)
		return;
	was = self.role;
	for (i = 0; i < listening.n && !IS_MASTER; i++) {
		while (self.role == was && (all || sh->gone[i]) &&
		    admit_accept(&listeners[i]))
			continue;
		if (self.role != was)
			return;
	}
	rights_say("STOPPING");
	pid_remove();
	listen_close_all();
	check_leave_all();
	query_close_all(1);
	dial_drop();
	admit_stop();
	child_signal(SIGTERM);
	if (conf.grace == 0L && !IS_WORKER)
		signal_kill();
}

/* Become a worker, in a new child. */
static void
signal_worker(void)
{
	self_become(P_WORKER);
	if (child_watch() < 0)
		_exit(END_SYSTEM);
}

/*
 * Fork the workers that are missing: at the start and at each sweep, so that
 * workers that die at once are no fork bomb.
 */
static void
signal_workers(void)
{
	long who;

	while (IS_MASTER && !admit.draining &&
	    child_workers() < (int)conf.workers) {
		who = child_fork(-1);
		if (who == 0L)
			signal_worker();
		else if (who < 0L)
			listen_trouble("worker fork", errno);
		if (who <= 0L)
			return;
	}
}

/*
 * On SIGHUP: logs anew, and the file of -c.  Workers have the tables that they
 * were born with: new ones take over, they end when their sessions do.
 */
static void
signal_hup(void)
{
	if (!admit.draining)
		rights_say("RELOADING");
	slog_check(1);
	log_open(self.name);
	if (CONF_FILE != 0 && IS_WORKER)
		signal_drain(0);
	else if (CONF_FILE != 0 && !IS_CHILD && !admit.draining)
		reload_file();
	if (!IS_CHILD && !IS_WORKER && !admit.draining)
		lookup_names();
	signal_workers();
	child_signal(SIGHUP);
	if (!admit.draining)
		rights_say("READY");
}

#if HAVE_ROLL
/* SIGUSR2, which no other can be: each process tells of its sessions. */
static void
signal_roll(int sig)
{
	roll_call();
	child_signal(sig);
}
#else
#define signal_roll(sig) (void)0
#endif

/*
 * One signal that was noted.  What it means depends on the role: see above.
 */
static void
signal_take(int sig)
{
	switch (sig) {
	case SIGTERM:
		if (admit.draining && (self.role == P_SINGLE || IS_FORKER ||
		    IS_MASTER))
			signal_kill();
		else
			signal_drain(1);
		break;
	case SIGINT:
		signal_drain(1);
		signal_kill();
		break;
	case SIGHUP:
		signal_hup();
		break;
	case SIGUSR1:
		status_say();
		if (STATUS_BLIND)
			child_signal(sig);
		break;
	case SIGCHLD:
		news_hear();
		if (child_buried() > 0)
			listen_ails(0);
		break;
	default:
		signal_roll(sig);
	}
}

/*
 * SWEEP: what is looked at once a second, while anything waits for its time:
 * deadlines, peers that nothing would tell of, memory that was short, lines
 * that were lost.  With nothing to do plug sleeps without a timer.
 *
 * A look at every session would make ten thousand quiet ones dear: sessions
 * that have a deadline, or a side that nothing watches, are counted, and
 * where there are none the table is not walked.
 *
 * Calls: self log slog target side session relay connect listen watch check
 * query lookup child admit gate signal.
 */

/* The time of a session is up. */
static void
sweep_late(struct session *s)
{
	switch (s->state) {
	case S_CONNECT:
	case S_HELLO:
		admit_verdict(s, connect_late(s));
		break;
	case S_LINGER:
		session_end(s, END_OK);
		break;
	default:
		session_end(s, END_CUT);
	}
}

#if HAVE_CHECK
/*
 * Probes have taken the session's target out since it went there: true, and
 * the session has gone on to another one, or has ended.
 */
static int
sweep_cut(struct session *s)
{
	if (!CUTS(s) || s->cuts == sh->cuts[SLOT(s)] ||
	    s->side[TARGET].fd < 0)
		return 0;
	if (s->state == S_RELAY || s->state == S_LINGER) {
		session_end(s, END_CUT);
		return 1;
	}
	side_close(&s->side[TARGET]);
	if (s->trial)
		target_release(SLOT(s));
	admit_verdict(s, connect_next(s));
	return 1;
}
#else
#define sweep_cut(s) 0
#endif

/*
 * The sweep comes by: its time may be up, the system have memory again, or a
 * peer that was not watched be gone.  Without a target yet, nobody needs what
 * a client sent before it was reset.
 */
static void
sweep_session(struct session *s)
{
	long patience;
	int paused;

	if (sweep_cut(s))
		return;
	if (s->state == S_RELAY)
		relay_drains(s);
	patience = session_patience(s);
	if (patience > 0L && elapsed(&s->moved, patience)) {
		sweep_late(s);
		return;
	}
	paused = s->pauses;
	s->pauses = 0;
	if (relay_look(s, CLIENT) + relay_look(s, TARGET) + paused == 0)
		return;
	if (s->state == S_RELAY)
		admit_verdict(s, DONE);
	else if (s->side[CLIENT].doomed)
		session_end(s, END_CUT);
	else
		admit_verdict(s, MORE);
}

/* No plug is at its limit. */
static int
sweep_below(void)
{
	int i;

	for (i = 0; i < NPLUG; i++)
		if (admit_over(PLUG_AT(i), 1L))
			return 0;
	return 1;
}

/*
 * What events have refused is wanted again; if in vain nobody is accepted.
 * What is a child's, or waits for a process of its own, is not watched here.
 */
static void
sweep_rearm(void)
{
	struct session *s;

	if (ev_refused == 0)
		return;
	log_minute(listen_only(), "events", ev_refused);
	ev_forgive();
	(void)ev_set(sig_pipe[0], ID_SIGNAL, EV_READ);
	if (IS_WORKER && IS_TIED)
		(void)child_watch();
	for (s = sessions; s < sessions + MAXSESSION + PROBES; s++)
		if (s->state != S_FREE && s->state != S_CHILD &&
		    (!IS_FORKER || IS_PROBE(s)))
			(void)session_arm(s);
	listen_anew();
	listen_ails(ev_refused != 0);
}

/* Once a second, while anything waits for its time; sooner for memory. */
static void
sweep_all(void)
{
	int i;
	struct session *s;

	session_sweep();
	gate_revive();
	sweep_rearm();
	listen_rested();
	log_settle(0);
	for (i = 0; i < session.top && session.timed > 0; i++) {
		s = &sessions[i];
		if (s->state != S_FREE && s->timed)
			sweep_session(s);
	}
	check_sweep();
	query_sweep();
	if (admit.full && admit_room() && sweep_below())
		admit_below();
	if (admit.draining && conf.grace != NEVER && !IS_CHILD &&
	    !IS_WORKER && elapsed(&admit.drained, conf.grace))
		signal_kill();
	if (!admit.draining && lookup_timed() && lookup_due())
		lookup_names();
	signal_workers();
}

/* Something waits for the next sweep. */
static int
sweep_timed(void)
{
	return session.timed > 0 || listening.sick || listening.rests ||
	    ev_refused != 0 || connecting.waits || admit.full ||
	    admit.crowded || query_timed() ||
	    slog.len > 0 || log_owes() ||
	    (!admit.draining && lookup_timed()) ||
	    (admit.draining && conf.grace != NEVER) ||
	    (IS_MASTER && !admit.draining &&
	    child_workers() < (int)conf.workers);
}

/* And its time has come. */
static int
sweep_due(void)
{
	return sweep_timed() && elapsed(&session.swept, 1L);
}

/* Milliseconds to sleep: for ever, or to the next sweep. */
static long
sweep_sleep(void)
{
	long ms;

	if (!sweep_timed())
		return watch_sleep(-1L);
	if (elapsed(&session.swept, 1L))
		return 0L;
	ms = 1000L - millis_since(&session.swept);
	if ((admit.full || admit.crowded || connecting.waits) &&
	    self.role != P_SINGLE && ms > PEERMS)
		ms = PEERMS;
	return watch_sleep(ms < 1L ? 1L : ms);
}

/*
 * LOOP: every process runs it: wait for events, and give each to the room
 * that it is for.  What an event means is read from the state of now, never
 * from what was wanted when it was asked for.
 *
 * The order within a turn matters.  What is wanted of listeners is said, and
 * lines and pid file are written, before the wait; rows that ended in the
 * last turn may be used again behind it, since no event names them any more;
 * and the sweep comes after the events, which may have moved what it would
 * end.
 *
 * Calls: slog session listen check roll query pid lookup child admit gate
 * signal sweep.
 */

/* Events of the sessions, of what stands before them, and of ourselves. */
static void
loop_dispatch(int id, int got)
{
	int n, sig;
	struct listener *l;

	switch (id) {
	case ID_SIGNAL:
		while ((sig = sig_next()) != 0)
			signal_take(sig);
		break;
	case ID_PARENT:
		child_freed();
		signal_drain(1);
		break;
	case ID_NEWS:
		news_hear();
		break;
	case ID_NAMES:
		lookup_hear();
		break;
	default:
		if (id >= ID_SESSION) {
			id -= ID_SESSION;
			admit_event(&sessions[id / 2], id % 2, got);
			break;
		}
		if (id < ID_LISTEN) {
			query_event(id);
			break;
		}
		l = &listeners[id - ID_LISTEN];
		for (n = listen_most(l); n > 0 && !listening.sick &&
		    admit_accept(l); n--)
			continue;
	}
}

/* Turns in which each descriptor that is ready is heard, a batch a turn. */
#define HEARINGS (2 * MAXSESSION / 256 + 2)

/*
 * The one loop of every process; returns its exit status.  Who was stopped
 * for a while hears first what has come meanwhile, and only then ends what
 * has waited too long.
 */
static int
loop_run(void)
{
	int id, got, due, held;

	held = 0;
	for (;;) {
		if ((admit.draining || conf.inetd) && session.live == 0 &&
		    child.live == 0)
			return IS_CHILD || conf.inetd ?
			    session.status : END_OK;
		gate_listen();
		slog_flush();
		if (pid.stale)
			(void)pid_write();
		due = sweep_due();
		ev_wait(RING_WAITS ? 0L : roll_sleep(sweep_sleep()));
		clock_now(&now.sec, &now.usec);
		session_rested();
		listen_turn();
		while (ev_next(&id, &got))
			loop_dispatch(id, got);
		admit_bulk();
		admit_crowd();
		if (due && !(EV_MORE && ++held <= HEARINGS)) {
			held = 0;
			sweep_all();
		}
		check_run();
		roll_turn();
	}
}

/*
 * START: from a checked command line to a serving daemon.  What can fail
 * fails before the starting command ends, with a line and a status; what
 * needs root is done before root is given up.
 *
 *	the command line and the file are read; -E ends here
 *	descriptors are counted, logs and ports are opened
 *	detach; the pid file is locked and written
 *	events, shared memory; then root is given up
 *	names are looked up, workers are forked
 *	the starting command ends: plug serves
 *
 * Calls: self text addr log slog pool session dial handed bind listen watch
 * query pid rights plug config lookup child admit reload signal loop.
 */

/*
 * Descriptors that are not sessions': 0 to 2, two for signals, syslog, one for
 * a moment, events, ports, and what else is asked for.
 */
static long
start_spare(void)
{
	int i, n, probes;

	probes = 0;
	for (i = 0; HAVE_CHECK && i < NPLUG; i++)
		if (PLUG_AT(i)->check > 0L)
			probes = PROBES;
	n = 7 + EV_FDS + config_ports() + probes;
	if (STATUS_ASKED)
		n += 1 + MAXSTATUS;
	return (long)n + (conf.sessions != 0) + (conf.pidfile != 0) + KEEPER +
	    (HAVE_WORKERS && conf.workers > 0L) + HAVE_NAMES;
}

/*
 * Fit the number of sessions to the descriptors that there are; children and
 * -I have one session each, for which any number is enough.  Returns it.
 */
static int
start_fit(void)
{
	struct text *t;
	long want, have, spare;
	int most;

	most = MAXSESSION;
	if (conf.inetd)
		return most;
	if (NPLUG == 1 && CONF_FILE == 0 && plugs[0].max > 0L)
		most = (int)plugs[0].max;
	if (conf.fork)
		return most > MAXCHILD ? MAXCHILD : most;
	spare = start_spare();
	want = 2L * most + 2L * pool.most + SPAREFD + spare;
	have = fd_limit(want);
	if (have >= want)
		return most;
	kpipe_limit(have / 16);
	have = (have - 2L * pool.most - spare) / 2;
	if (have >= (long)most)
		return most;
	most = have < 1L ? 1 : (int)have;
	t = log_start((struct listener *)0);
	put_field(t, "too few descriptors: at most ", (unsigned long)most);
	put_str(t, " sessions at once");
	log_end(TO_ERRORS, LOG_LEVEL_WARNING);
	return most;
}

/* An error that ends the start. */
static int
start_fatal(char *what, int e)
{
	log_trouble(listen_only(), what, e);
	return END_SYSTEM;
}

/*
 * The rows that workers share: after reloads there are old ones beside them.
 * 0 or END_SYSTEM.
 */
static int
start_share_rows(void)
{
	int n;

	if (!HAVE_SHARE || !IS_MASTER)
		return 0;
	n = 4 * (int)conf.workers;
	n = n < 64 ? 64 : n;
	n = n > MAXCHILD ? MAXCHILD : n;
	return self_share_rows(n, CONF_FILE != 0 || plugs[0].most > 0L) == 0 ?
	    0 : start_fatal("shared memory", errno);
}

/* What children need before they are forked: 0 or END_SYSTEM. */
static int
start_share(void)
{
	char *p;

	if (HAVE_FORK_MODE && conf.fork)
		self_become(P_FORKER);
	if (HAVE_WORKERS && conf.workers > 0L)
		self_become(P_MASTER);
	if (self.role == P_SINGLE)
		return 0;
	p = share((long)sizeof own.shared);
	if (p != 0)
		self_share(p);
	else if (HAVE_SHARE)
		return start_fatal("shared memory", errno);
	else if (!HAVE_SHARE && IS_FORKER && (news_open() < 0 ||
	    ev_set(self.news[0], ID_NEWS, EV_READ) != 0))
		return start_fatal("pipe", errno);
	if (IS_MASTER && child_tie() < 0)
		return start_fatal("pipe", errno);
	return start_share_rows();
}

/*
 * -I: the client's descriptor is moved away, and 0 to 2 are not ours: the new
 * one, or -1 when there is no client.
 */
static int
start_take(void)
{
	union sockany u;
	SOCKLEN len;
	int fd;

	len = sizeof u;
	if (sys_getpeername(0, &u.sa, &len) < 0 && errno != EINVAL &&
	    errno != ENOTCONN)
		return -1;
	fd = sys_dup(0);
	rights_leave(sys_open("/dev/null", O_RDWR, 0));
	log_open(self.name);
	return handed_waits(fd) ? -1 : fd;
}

/* -I: that connection is the only session: 0, or the exit status. */
static int
start_inetd(int fd)
{
	struct listener *l;
	struct addr peer;
	union sockany u;
	SOCKLEN len;

	if (fd < 0)
		return log_usage("-I: descriptor 0 is no connection",
		    (char *)0);
	l = listen_alone();
	len = sizeof u;
	if (sys_getsockname(fd, &u.sa, &len) < 0)
		return END_CUT;
	addr_in(&u, &l->at);
	len = sizeof u;
	if (sys_getpeername(fd, &u.sa, &len) < 0) {
		log_trouble(l, "getpeername", errno);
		return END_CUT;
	}
	addr_in(&u, &peer);
	fd_prepare(fd);
	if (peer.family != UNIX)
		bind_options(fd);
	if (admit_bars(plugs, fd, &peer)) {
		log_refused(l, &peer);
		(void)sys_close(fd);
	} else
		admit_begin(fd, l, plugs, &peer);
	return 0;
}

#if HAVE_NAMES
/* At the start the first addresses are waited for, but not for long. */
static void
start_names(void)
{
	int id, got;

	while (lookup.fd >= 0 && !admit.draining &&
	    !elapsed(&lookup.since,
	    conf.inetd ? (long)DNSLIMIT : (long)DNSWAIT)) {
		ev_wait(1000L);
		clock_now(&now.sec, &now.usec);
		while (ev_next(&id, &got))
			loop_dispatch(id, got);
	}
}
#else
#define start_names() (void)0
#endif

#if HAVE_SERVICE
/* Each socket that was handed down is for a source or -s: 0 or END_USAGE. */
static int
start_handed(void)
{
	struct listener l;
	int fd, i;

	mem_zero(&l, sizeof l);
	for (fd = 3; fd < 3 + HANDED; fd++) {
		l.path = handed_name(fd, &l.at);
		for (i = 0; i < NPLUG; i++)
			if (listen_fits(PLUG_AT(i), &l))
				break;
		if (i == NPLUG &&
		    !(STATUS_ASKED && handed_fits(fd, STATUS_DOOR)))
			return handed_unfit(fd);
	}
	return 0;
}
#else
#define start_handed() 0
#endif

/* What plug listens on, and its logs, are open: 0, or the exit status. */
static int
start_open(void)
{
	session_fit(start_fit());
	log_open(self.name);
	if (conf.sessions != 0 && slog_open() < 0) {
		log_trouble((struct listener *)0, conf.sessions, errno);
		return END_SYSTEM;
	}
	self_born();
	if (!conf.inetd && (reload_open(plug.order, NPLUG) != 0 ||
	    query_open() < 0))
		return END_SYSTEM;
	listen_settle(1);
	return 0;
}

/* From a checked command line to a serving daemon: 0, or the exit status. */
static int
start_daemon(int client)
{
	char *what;
	int e, null;

	if (dial_denied())
		return start_fatal("-q", EACCES);
	rights_hello();
	if (start_handed() != 0)
		return END_USAGE;
	if (start_open() != 0)
		return END_SYSTEM;
	if (handed_all(STATUS_FD) != 0)
		return END_USAGE;
	if (!conf.foreground && (e = rights_detach()) != 0)
		return start_fatal("fork", e);
	if (conf.pidfile != 0 && pid_open() < 0)
		return END_SYSTEM;
	sig_listen();
	if (child_events() != 0)
		return start_fatal("events", errno);
	if (start_share() != 0)
		return END_SYSTEM;
	null = sys_open("/dev/null", O_RDWR, 0);
	if (rights_drop(&what) < 0)
		return start_fatal(what, errno);
	if (!conf.foreground)
		rights_leave(null);
	else if (null >= 0)
		(void)sys_close(null);
	lookup_names();
	start_names();
	if (conf.inetd)
		return start_inetd(client);
	signal_workers();
	if (IS_MASTER && child_workers() == 0)
		return END_SYSTEM;
	if (!IS_WORKER) {
		watch_plan();
		query_gate();
		(void)pid_write();
	}
	return 0;
}

/* Descriptors 0 to 2 exist. */
static void
start_descriptors(void)
{
	int fd;

	do
		fd = sys_open("/dev/null", O_RDWR, 0);
	while (fd >= 0 && fd < 3);
}

/*
 * The end of every process: what is ours alone is removed, what waits is
 * written, and the starting command is told if it still waits.
 */
static void
start_end(int status)
{
	pid_remove();
	listen_close_all();
	query_close_all(1);
	lookup_stop();
	slog_close();
	if (!IS_CHILD)
		log_settle(!IS_WORKER);
	news_tell(N_COUNT, 0, self.row, (struct addr *)0);
	rights_tell(status);
	_exit(status);
}

/*
 * What we have inherited is closed before anything of ours is open, but
 * behind the reading of -c, which may be one of these.
 */
int
main(int argc, char **argv)
{
	struct text *t;
	int e, inetd, client;

	if (argc > 0)
		self_name(argv[0]);
	sig_ignore();
	start_descriptors();
	clock_now(&now.sec, &now.usec);
	inetd = config_inetd(argc, argv);
	if ((e = handed_down(inetd)) != 0)
		_exit(e);
	if (!HAVE_FILE || inetd)
		fd_closefrom(3 + HANDED);
	client = inetd ? start_take() : -1;
	e = config_parse(argc, argv);
	if (e != 0 || conf.test)
		_exit(e);
	if (HAVE_FILE && !inetd)
		fd_closefrom(3 + HANDED);
	plug_commit(rule.base);
	if ((e = start_daemon(client)) != 0)
		start_end(e);
	self_ready();
	rights_tell(END_OK);
	rights_say("READY");
	if (conf.log && !IS_WORKER && !conf.inetd) {
		t = log_start(listen_only());
		put_str(t, "Plugdaemon started.");
		log_end(TO_SYSLOG, LOG_LEVEL_NOTICE);
	}
	start_end(loop_run());
	return 0;
}
