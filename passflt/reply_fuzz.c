/* reply_fuzz feeds the parser of replies by libFuzzer: make fuzz (clang). What is whole has to be lawful. */
#include <stdlib.h>

#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct veto_reply reply;
	if (veto_reply_parse(data, size, &reply) == VETO_PARSED_WHOLE &&
	    (reply.decision > VETO_DECISION_UNDECIDED || reply.codes_size + VETO_REPLY_HEADER != size ||
	     !veto_codes_valid((const unsigned char *)reply.codes, reply.codes_size)))
		abort();
	for (size_t part = 0; part < size; part++) /* a beginning of what is whole is a part, of a part too */
		if (veto_reply_parse(data, size, &reply) != VETO_PARSED_MALFORMED &&
		    veto_reply_parse(data, part, &reply) != VETO_PARSED_PART)
			abort();
	return 0;
}
