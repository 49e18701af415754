/*
 * veto_ppolicy is a password quality module for OpenLDAP 2.5: overlay ppolicy calls check_password for new
 * passwords in plain text where the policy has
 *
 *	pwdCheckQuality: 2
 *	pwdCheckModule: veto_ppolicy.so
 *	pwdCheckModuleArg: KEY=VALUE KEY=VALUE ...      (the options of option.c)
 *
 * slapd calls it from many threads. It hands over passwords up to their first NUL; the rest is not judged.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../client.h"

#define PROGRAM "veto-ppolicy"

/* What <lber.h> declares. */
struct berval {
	unsigned long bv_len;
	char *bv_val;
};

/*
 * The beginnings of slapd's own structures, from servers/slapd/slap.h of OpenLDAP 2.5, which no package
 * installs. They hold in slapd 2.5 only, which check_version makes sure of.
 */
struct attribute_description {
	void *next, *type;
	struct berval name;
};

struct attribute {
	const struct attribute_description *description;
	const struct berval *values;
	const struct berval *normalized;
	unsigned count, flags;
	const struct attribute *next;
};

struct entry {
	unsigned long id;
	struct berval name, normalized;
	const struct attribute *attributes;
};

/* slapd's version, missing in other programs, as in "@(#) $OpenLDAP: slapd 2.5.13 (...) $". */
extern const char Versionstr[] __attribute__((weak));

/* Another version calls check_password with other arguments: 2.6 passes a buffer instead of error. */
static bool check_version(void)
{
	return Versionstr == NULL || strstr(Versionstr, "slapd 2.5.") != NULL;
}

/* first_value returns the first value of an attribute of the entry. */
static struct veto_bytes first_value(const struct entry *entry, const char *name)
{
	if (Versionstr == NULL || entry == NULL)
		return (struct veto_bytes){0};
	for (const struct attribute *a = entry->attributes; a != NULL; a = a->next)
		if (a->count > 0 && strcasecmp(a->description->name.bv_val, name) == 0)
			return (struct veto_bytes){a->values[0].bv_val, a->values[0].bv_len};
	return (struct veto_bytes){0};
}

/* set_options reads the words of pwdCheckModuleArg. Returns NULL, or what is wrong with them. */
static const char *set_options(struct veto_client *client, const struct berval *argument)
{
	char words[1024], *rest = words;
	if (argument == NULL || argument->bv_val == NULL)
		return NULL;
	if (argument->bv_len >= sizeof words)
		return "pwdCheckModuleArg: must be less than 1024 bytes";
	if (memchr(argument->bv_val, '\0', argument->bv_len) != NULL)
		return "pwdCheckModuleArg: must not hold a NUL";
	memcpy(words, argument->bv_val, argument->bv_len);
	words[argument->bv_len] = '\0';
	for (char *word = strtok_r(words, " \t\r\n", &rest); word != NULL; word = strtok_r(NULL, " \t\r\n", &rest)) {
		const char *wrong = veto_client_set(client, word);
		if (wrong != NULL)
			return wrong;
	}
	return NULL;
}

__attribute__((visibility("default")))
int check_password(char *password, char **error, void *entry, const struct berval *argument);

/* check_password returns 0 if the password may be used; else error is a text for the client, which slapd frees. */
int check_password(char *password, char **error, void *entry, const struct berval *argument)
{
	struct veto_client client = veto_client_default();
	const char *wrong = check_version() ? set_options(&client, argument) : "needs slapd 2.5";
	if (wrong != NULL) {
		veto_log_error(&client, PROGRAM, wrong);
		return 1; /* error has another type in another version */
	}
	struct veto_request request = {
		.operation = VETO_OPERATION_UNKNOWN, /* slapd does not tell */
		.encoding = VETO_ENCODING_UTF8,
		.account = first_value(entry, "uid"),
		.name = first_value(entry, "displayName"),
		.password = {password, password == NULL ? 0 : strlen(password)},
	};
	if (request.name.size == 0)
		request.name = first_value(entry, "cn");
	struct veto_verdict verdict;
	bool accept = veto_check(&client, &request, &verdict);
	veto_log(&client, PROGRAM, &request, &verdict);
	if (accept)
		return 0;
	char sentence[VETO_SENTENCE_MAX];
	veto_sentence(&verdict, sentence);
	*error = strdup(sentence);
	return 1;
}
