/*
 * pam_veto asks the local endpoint about passwords, for Linux-PAM.
 *
 *	password  requisite  pam_veto.so [retry=N] [OPTIONS]
 *	password  required   pam_unix.so use_authtok ...
 *
 * asks for a new password, judges it and leaves it to the modules below. With use_authtok it judges the one that a
 * module above has asked for. And
 *
 *	auth      requisite  pam_unix.so
 *	auth      optional   pam_veto.so at_login=warn        or required, with at_login=expire or deny
 *	account   required   pam_veto.so at_login=expire
 *
 * judges the password that somebody has logged in with: warn tells the person, expire makes them change it, deny
 * refuses. It never asks for one, and for want of a verdict it lets everybody in, unless fail_login_... declares
 * otherwise. OPTIONS are those of option.c.
 */
#define _GNU_SOURCE
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <security/pam_modutil.h>

#include "../client.h"

#define PROGRAM "pam_veto"
#define EXPIRED "pam_veto_expired" /* name of what authenticate leaves for account management */

enum at_login { LOGIN_WARN, LOGIN_EXPIRE, LOGIN_DENY };

struct settings {
	struct veto_client client;
	enum at_login at_login;
	int retry; /* how often the person may try, from 1 to 9 */
	bool use_authtok;
};

/* set_own reads an option of this module. Returns false if it is none; else wrong is NULL, or what is wrong with it. */
static bool set_own(struct settings *settings, const char *option, const char **wrong)
{
	static const char *const at_login[] = {
		[LOGIN_WARN] = "warn",
		[LOGIN_EXPIRE] = "expire",
		[LOGIN_DENY] = "deny",
	};
	*wrong = NULL;
	if (strncmp(option, "at_login=", 9) == 0) {
		for (size_t i = 0; i < sizeof at_login / sizeof at_login[0]; i++)
			if (strcmp(option + 9, at_login[i]) == 0) {
				settings->at_login = (enum at_login)i;
				return true;
			}
		*wrong = "at_login: must be warn, expire or deny";
		return true;
	}
	if (strncmp(option, "retry=", 6) == 0) {
		if (option[6] >= '1' && option[6] <= '9' && option[7] == '\0')
			settings->retry = option[6] - '0';
		else
			*wrong = "retry: must be a digit from 1 to 9";
		return true;
	}
	if (strcmp(option, "use_authtok") == 0)
		return settings->use_authtok = true;
	/* pam_get_authtok reads these itself */
	return strcmp(option, "try_first_pass") == 0 || strncmp(option, "authtok_type=", 13) == 0;
}

/* read_settings returns false, with a line in the log, if an option is wrong. */
static bool read_settings(struct settings *settings, int count, const char **options)
{
	*settings = (struct settings){.client = veto_client_default(), .retry = 1};
	settings->client.by_operation = true;
	for (int i = 0; i < count; i++) {
		const char *wrong;
		if (!set_own(settings, options[i], &wrong))
			wrong = veto_client_set(&settings->client, options[i]);
		if (wrong != NULL) {
			veto_log_error(&settings->client, PROGRAM, wrong);
			return false;
		}
	}
	return true;
}

static struct veto_bytes text(const char *string, size_t size)
{
	return (struct veto_bytes){string, size};
}

/* user_of returns the user who is at it, with what the system knows of them: NULL if nothing. */
static const char *user_of(pam_handle_t *pamh, const struct passwd **entry)
{
	const char *user = NULL;
	if (pam_get_user(pamh, &user, NULL) != PAM_SUCCESS || user == NULL)
		user = "";
	*entry = pam_modutil_getpwnam(pamh, user);
	return user;
}

/* check judges a password of that user; NULL is an empty one. */
static bool check(pam_handle_t *pamh, const struct settings *settings, enum veto_operation operation,
	const char *password, struct veto_verdict *verdict)
{
	const struct passwd *entry;
	const char *user = user_of(pamh, &entry);
	if (entry == NULL && operation == VETO_OPERATION_LOGIN)
		user = ""; /* perhaps a password where the name belongs: for no log */
	struct veto_request request = {
		.operation = operation,
		.encoding = VETO_ENCODING_UTF8,
		.account = text(user, strlen(user)),
		.password = text(password, password == NULL ? 0 : strlen(password)),
	};
	if (entry != NULL && entry->pw_gecos != NULL)
		request.name = text(entry->pw_gecos, strcspn(entry->pw_gecos, ","));
	veto_check(&settings->client, &request, verdict);
	veto_log(&settings->client, PROGRAM, &request, verdict);
	return verdict->accept;
}

static const char *item(pam_handle_t *pamh, int type)
{
	const void *value = NULL;
	return pam_get_item(pamh, type, &value) == PAM_SUCCESS ? value : NULL;
}

static bool silent(int flags)
{
	return ((unsigned)flags & PAM_SILENT) != 0;
}

/*
 * operation_of tells a change, by the owner, from all else. The owner knows the old password, or is told at a login
 * that it has expired, or runs this program: getuid, as passwd has root's effective user.
 */
static enum veto_operation operation_of(pam_handle_t *pamh, int flags)
{
	const char *old = item(pamh, PAM_OLDAUTHTOK);
	if ((old != NULL && *old != '\0') || ((unsigned)flags & PAM_CHANGE_EXPIRED_AUTHTOK) != 0)
		return VETO_OPERATION_CHANGE;
	const struct passwd *entry;
	user_of(pamh, &entry);
	return entry != NULL && entry->pw_uid == getuid() ? VETO_OPERATION_CHANGE : VETO_OPERATION_SET;
}

__attribute__((visibility("default")))
int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct settings settings;
	if (!read_settings(&settings, argc, argv))
		return PAM_AUTHTOK_ERR;
	if (flags & PAM_PRELIM_CHECK)
		return PAM_SUCCESS;
	for (int try = 0; try < settings.retry; try++) {
		const char *password = NULL;
		int status = settings.use_authtok ? PAM_SUCCESS : pam_get_authtok(pamh, PAM_AUTHTOK, &password, NULL);
		if (settings.use_authtok)
			password = item(pamh, PAM_AUTHTOK);
		if (status != PAM_SUCCESS)
			return status;
		struct veto_verdict verdict;
		if (check(pamh, &settings, operation_of(pamh, flags), password, &verdict))
			return PAM_SUCCESS;
		char sentence[VETO_SENTENCE_MAX];
		veto_sentence(&verdict, sentence);
		if (!silent(flags))
			pam_error(pamh, "%s", sentence);
		pam_set_item(pamh, PAM_AUTHTOK, NULL); /* PAM wipes it; no module below may take it */
		if (settings.use_authtok)
			break;
	}
	return PAM_AUTHTOK_ERR;
}

__attribute__((visibility("default")))
int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct settings settings;
	if (!read_settings(&settings, argc, argv))
		return PAM_IGNORE;
	const char *password = item(pamh, PAM_AUTHTOK);
	if (password == NULL || *password == '\0')
		return PAM_IGNORE; /* somebody without one, as with a key */
	struct veto_verdict verdict;
	if (check(pamh, &settings, VETO_OPERATION_LOGIN, password, &verdict))
		return PAM_IGNORE;
	if (settings.at_login == LOGIN_EXPIRE)
		return pam_set_data(pamh, EXPIRED, EXPIRED, NULL) == PAM_SUCCESS ? PAM_IGNORE : PAM_BUF_ERR;
	char sentence[VETO_SENTENCE_MAX];
	veto_sentence(&verdict, sentence);
	const char *advice = verdict.cause != VETO_CAUSE_VERDICT ? ""
		: settings.at_login == LOGIN_DENY ? " Ask your help desk for a new one." : " Please change it.";
	if (!silent(flags))
		pam_error(pamh, "%s%s", sentence, advice);
	return settings.at_login == LOGIN_DENY ? PAM_AUTH_ERR : PAM_IGNORE;
}

__attribute__((visibility("default")))
int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags, (void)argc, (void)argv;
	const void *expired = NULL;
	return pam_get_data(pamh, EXPIRED, &expired) == PAM_SUCCESS ? PAM_NEW_AUTHTOK_REQD : PAM_IGNORE;
}

__attribute__((visibility("default")))
int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags, (void)argc, (void)argv;
	return PAM_IGNORE;
}
