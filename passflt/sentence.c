#include "client.h"

#include <stdio.h>
#include <string.h>

#include "reasons.h"

/* message_of returns the message of the code that begins at codes, or NULL if it is not known here. */
static const char *message_of(const char *codes, size_t size)
{
	for (size_t i = 0; i < sizeof veto_reasons / sizeof veto_reasons[0]; i++)
		if (strlen(veto_reasons[i].code) == size && memcmp(veto_reasons[i].code, codes, size) == 0)
			return veto_reasons[i].message;
	return NULL;
}

void veto_sentence(const struct veto_verdict *verdict, char sentence[VETO_SENTENCE_MAX])
{
	size_t used = 0;
	const char *codes = verdict->codes;
	while (verdict->cause == VETO_CAUSE_VERDICT && *codes != '\0') {
		size_t size = strcspn(codes, ",");
		const char *message = message_of(codes, size);
		if (message != NULL) {
			int n = snprintf(sentence + used, VETO_SENTENCE_MAX - used, "%s%s",
				used == 0 ? "The password " : "; it ", message);
			if (n < 0 || used + (size_t)n >= VETO_SENTENCE_MAX - 1)
				break;
			used += (size_t)n;
		}
		codes += size + (codes[size] == ',');
	}
	if (used > 0)
		snprintf(sentence + used, VETO_SENTENCE_MAX - used, ".");
	else if (verdict->cause == VETO_CAUSE_VERDICT)
		snprintf(sentence, VETO_SENTENCE_MAX, "The password is not allowed by the policy.");
	else if (verdict->cause == VETO_CAUSE_EMPTY)
		snprintf(sentence, VETO_SENTENCE_MAX, "The password is empty.");
	else if (verdict->cause == VETO_CAUSE_LONG)
		snprintf(sentence, VETO_SENTENCE_MAX, "The password is too long.");
	else
		snprintf(sentence, VETO_SENTENCE_MAX, "The password cannot be checked now; try again in a few minutes.");
}
