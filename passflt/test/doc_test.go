// Package passflt_test builds the clients in C with AddressSanitizer and
// UndefinedBehaviorSanitizer and drives them. Without a C compiler it skips. The
// suites against Samba, OpenLDAP and PAM need root and their packages: they run
// where PASSFLT_SUITE names them, as the targets of the Makefile do.
package passflt_test
