/*
 * The protocol of the local endpoint (docs/API.md), for clients in C.
 *
 * All integers are little-endian. One connection carries one request, or several in sequence.
 *
 *   request   "VETO" version operation encoding flags   n_account n_name n_password   account name password
 *              4      1       1         1        1       2         2      2            as many bytes
 *   reply     "VETO" version decision   n_codes   codes
 *              4      1       1          2         as many bytes: ASCII, joined by commas
 *
 * Nothing here calls the C library or the system, so that a filter without a run-time library can include it;
 * such a build needs -fno-tree-loop-distribute-patterns, or a memcpy of its own, as compilers make calls of loops.
 * No function keeps state. testdata/protocol.json has the vectors.
 */
#ifndef VETO_PROTOCOL_H
#define VETO_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

enum {
	VETO_VERSION = 1,
	VETO_REQUEST_HEADER = 14,   /* bytes before the strings of a request */
	VETO_REPLY_HEADER = 8,      /* bytes before the codes of a reply */
	VETO_REQUEST_MAX = 65536,   /* bytes of a request, header included */
	VETO_CODES_MAX = 1024,      /* bytes of the codes of a reply */
	VETO_REPLY_MAX = VETO_REPLY_HEADER + VETO_CODES_MAX,
};

/* What the password is for. */
enum veto_operation {
	VETO_OPERATION_UNKNOWN = 0,
	VETO_OPERATION_SET = 1,    /* by an administrator */
	VETO_OPERATION_CHANGE = 2, /* by its owner */
	VETO_OPERATION_LOGIN = 3,  /* a client's own, which the protocol lacks: written as unknown */
};

/* How all strings of a request are written. */
enum veto_encoding {
	VETO_ENCODING_UTF8 = 0,
	VETO_ENCODING_UTF16LE = 1,
};

/* The answer. What the endpoint cannot decide, the client answers as declared; everything else is in the reply. */
enum veto_decision {
	VETO_DECISION_REJECT = 0,
	VETO_DECISION_ACCEPT = 1, /* with codes: only audited, would have been rejected */
	VETO_DECISION_UNDECIDED = 2,
};

/* Bytes that belong to the caller; NULL is fine where size is 0. */
struct veto_bytes {
	const void *data;
	size_t size;
};

struct veto_request {
	enum veto_operation operation;
	enum veto_encoding encoding;
	struct veto_bytes account;
	struct veto_bytes name; /* the person's full name */
	struct veto_bytes password;
};

/* Codes lie in the bytes that were parsed: no terminator, possibly none at all. */
struct veto_reply {
	enum veto_decision decision;
	const char *codes;
	size_t codes_size;
};

/* What veto_reply_parse found. */
enum veto_parsed {
	VETO_PARSED_WHOLE = 0,
	VETO_PARSED_PART = 1,      /* right so far, more bytes are to come */
	VETO_PARSED_MALFORMED = 2, /* not the protocol: close the connection, it is no answer */
};

static inline void veto_put16(unsigned char *at, size_t value)
{
	at[0] = (unsigned char)(value & 0xff);
	at[1] = (unsigned char)(value >> 8 & 0xff);
}

static inline unsigned char *veto_put_bytes(unsigned char *at, struct veto_bytes bytes)
{
	const unsigned char *from = (const unsigned char *)bytes.data;
	for (size_t i = 0; i < bytes.size; i++)
		at[i] = from[i];
	return at + bytes.size;
}

/* veto_request_size returns the bytes that a request takes, or 0 if it is longer than the protocol allows. */
static inline size_t veto_request_size(const struct veto_request *request)
{
	const size_t room = VETO_REQUEST_MAX - VETO_REQUEST_HEADER; /* below 2^16: fits each length, and sums don't wrap */
	if (request->account.size > room || request->name.size > room || request->password.size > room)
		return 0;
	size_t strings = request->account.size + request->name.size + request->password.size;
	return strings > room ? 0 : VETO_REQUEST_HEADER + strings;
}

/*
 * veto_request_write writes a request into buffer and returns its bytes; 0, with nothing written, if it is longer
 * than the protocol or capacity allows. The buffer then holds the password: wipe it after use.
 */
static inline size_t veto_request_write(const struct veto_request *request, unsigned char *buffer, size_t capacity)
{
	size_t size = veto_request_size(request);
	if (size == 0 || size > capacity)
		return 0;
	buffer[0] = 'V';
	buffer[1] = 'E';
	buffer[2] = 'T';
	buffer[3] = 'O';
	buffer[4] = VETO_VERSION;
	buffer[5] = request->operation == VETO_OPERATION_LOGIN ? VETO_OPERATION_UNKNOWN : (unsigned char)request->operation;
	buffer[6] = (unsigned char)request->encoding;
	buffer[7] = 0;
	veto_put16(buffer + 8, request->account.size);
	veto_put16(buffer + 10, request->name.size);
	veto_put16(buffer + 12, request->password.size);
	unsigned char *at = buffer + VETO_REQUEST_HEADER;
	at = veto_put_bytes(at, request->account);
	at = veto_put_bytes(at, request->name);
	veto_put_bytes(at, request->password);
	return size;
}

/* veto_codes_valid tells whether codes are words of a-z, 0-9 and _ with a comma between two: fit for any log. */
static inline int veto_codes_valid(const unsigned char *codes, size_t size)
{
	int in_word = 0;
	for (size_t i = 0; i < size; i++) {
		unsigned char c = codes[i];
		int letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
		if (!letter && (c != ',' || !in_word))
			return 0;
		in_word = letter;
	}
	return size == 0 || in_word;
}

/*
 * veto_reply_parse reads the bytes received so far. The reply is set only when they are VETO_PARSED_WHOLE: one
 * reply and nothing behind it. Bytes are judged as soon as they are there.
 */
static inline enum veto_parsed veto_reply_parse(const unsigned char *bytes, size_t size, struct veto_reply *reply)
{
	const unsigned char head[5] = {'V', 'E', 'T', 'O', VETO_VERSION};
	for (size_t i = 0; i < sizeof head && i < size; i++)
		if (bytes[i] != head[i])
			return VETO_PARSED_MALFORMED;
	if (size > 5 && bytes[5] > VETO_DECISION_UNDECIDED)
		return VETO_PARSED_MALFORMED;
	if (size < VETO_REPLY_HEADER)
		return VETO_PARSED_PART;
	size_t codes = (size_t)bytes[6] | (size_t)bytes[7] << 8;
	if (codes > VETO_CODES_MAX || size - VETO_REPLY_HEADER > codes)
		return VETO_PARSED_MALFORMED;
	if (size - VETO_REPLY_HEADER < codes)
		return VETO_PARSED_PART;
	if (!veto_codes_valid(bytes + VETO_REPLY_HEADER, codes))
		return VETO_PARSED_MALFORMED;
	reply->decision = (enum veto_decision)bytes[5];
	reply->codes = (const char *)bytes + VETO_REPLY_HEADER;
	reply->codes_size = codes;
	return VETO_PARSED_WHOLE;
}

#endif
