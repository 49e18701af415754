/*
 * protocol_test reads vectors on standard input, one a line, strings in hexadecimal ("-" for an empty one), and
 * compares protocol.h with them. Then it feeds random replies to the parser. It says what differs, and exits 1.
 *
 *	request OPERATION ENCODING ACCOUNT NAME PASSWORD FRAME
 *	reply DECISION CODES FRAME
 *	part FRAME
 *	malformed FRAME
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol.h"

static int failures;

static void fail(const char *what, long line)
{
	fprintf(stderr, "line %ld: %s\n", line, what);
	failures++;
}

/* unhex returns the bytes in memory of exactly their size, so that AddressSanitizer sees any step beyond. */
static struct veto_bytes unhex(const char *text)
{
	size_t size = strcmp(text, "-") == 0 ? 0 : strlen(text) / 2;
	unsigned char *bytes = malloc(size == 0 ? 1 : size);
	if (bytes == NULL)
		abort();
	for (size_t i = 0; i < size; i++) {
		char digits[3] = {text[2 * i], text[2 * i + 1], '\0'};
		bytes[i] = (unsigned char)strtoul(digits, NULL, 16);
	}
	return (struct veto_bytes){bytes, size};
}

static void release(struct veto_bytes bytes)
{
	free((void *)(uintptr_t)bytes.data);
}

static int same(struct veto_bytes want, const void *got, size_t size)
{
	return want.size == size && (size == 0 || memcmp(want.data, got, size) == 0);
}

static void check_request(char **words, long line)
{
	struct veto_request request = {
		.operation = (enum veto_operation)atoi(words[1]),
		.encoding = (enum veto_encoding)atoi(words[2]),
		.account = unhex(words[3]),
		.name = unhex(words[4]),
		.password = unhex(words[5]),
	};
	struct veto_bytes frame = unhex(words[6]);
	unsigned char *buffer = malloc(frame.size);
	if (buffer == NULL)
		abort();
	if (veto_request_size(&request) != frame.size)
		fail("size of the request", line);
	for (size_t room = 0; room < frame.size; room += 1 + room / 8)
		if (veto_request_write(&request, buffer, room) != 0)
			fail("request written beyond its room", line);
	size_t size = veto_request_write(&request, buffer, frame.size);
	if (!same(frame, buffer, size))
		fail("bytes of the request", line);
	free(buffer);
	release(request.account);
	release(request.name);
	release(request.password);
	release(frame);
}

static enum veto_parsed parse(struct veto_bytes frame, struct veto_reply *reply)
{
	return veto_reply_parse(frame.data, frame.size, reply);
}

static void check_reply(char **words, long line)
{
	struct veto_bytes codes = unhex(words[2]), frame = unhex(words[3]);
	struct veto_reply reply;
	if (parse(frame, &reply) != VETO_PARSED_WHOLE)
		fail("reply is not read", line);
	else if ((int)reply.decision != atoi(words[1]) || !same(codes, reply.codes, reply.codes_size))
		fail("decision or codes of the reply", line);
	for (size_t size = 0; size < frame.size; size++)
		if (veto_reply_parse(frame.data, size, &reply) != VETO_PARSED_PART)
			fail("beginning of a reply is not a part", line);
	release(codes);
	release(frame);
}

static void check_other(char **words, long line, enum veto_parsed want)
{
	struct veto_bytes frame = unhex(words[1]);
	struct veto_reply reply;
	if (parse(frame, &reply) != want)
		fail(words[0], line);
	release(frame);
}

/* check_limits covers what no vector can hold. */
static void check_limits(void)
{
	static unsigned char bytes[VETO_REQUEST_MAX], buffer[VETO_REQUEST_MAX];
	const size_t room = VETO_REQUEST_MAX - VETO_REQUEST_HEADER;
	const struct {
		size_t account, name, password, want;
	} sizes[] = {
		{0, 0, room, VETO_REQUEST_MAX},
		{1, 0, room, 0},
		{0, 0, room + 1, 0},
		{room, 0, 0, VETO_REQUEST_MAX},
		{room, room, room, 0},
		{(size_t)-1, 2, 0, 0},
		{0, (size_t)-1, 1, 0},
		{0, 0, (size_t)-VETO_REQUEST_HEADER, 0},
	};
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct veto_request request = {
			.account = {bytes, sizes[i].account},
			.name = {bytes, sizes[i].name},
			.password = {bytes, sizes[i].password},
		};
		if (veto_request_write(&request, buffer, sizeof buffer) != sizes[i].want)
			fail("limits, row", (long)i);
	}
}

/* check_login has an operation that only clients know. */
static void check_login(void)
{
	struct veto_request request = {.operation = VETO_OPERATION_LOGIN, .password = {"x", 1}};
	unsigned char buffer[VETO_REQUEST_HEADER + 1];
	if (veto_request_write(&request, buffer, sizeof buffer) != sizeof buffer || buffer[5] != VETO_OPERATION_UNKNOWN)
		fail("a login is not written as unknown", 0);
}

/* check_random alters good replies and draws random ones: whatever is whole has to be lawful. */
static void check_random(long rounds)
{
	static const char good[] = "VETO\1\0\25\0banned_term,low_score";
	unsigned state = 1;
	for (long round = 0; round < rounds; round++) {
		unsigned char seed[64];
		memcpy(seed, good, sizeof good);
		for (int i = 0; i < 4; i++) {
			state = state * 1103515245 + 12345;
			if (round % 5 != i)
				seed[(state >> 16) % (i == 0 ? 8 : 29)] = (unsigned char)(state >> 8 & (round % 3 ? 0x7f : 0xff));
		}
		size_t size = (state >> 12) % 30;
		struct veto_bytes frame = {malloc(size == 0 ? 1 : size), size};
		if (frame.data == NULL)
			abort();
		memcpy((void *)(uintptr_t)frame.data, seed, size);
		struct veto_reply reply;
		if (parse(frame, &reply) == VETO_PARSED_WHOLE &&
		    (reply.decision > VETO_DECISION_UNDECIDED || reply.codes_size + VETO_REPLY_HEADER != size ||
		     !veto_codes_valid((const unsigned char *)reply.codes, reply.codes_size)))
			fail("random reply, round", round);
		release(frame);
	}
}

int main(void)
{
	char *line = NULL;
	size_t room = 0;
	long number = 0, vectors = 0;
	while (getline(&line, &room, stdin) > 0) {
		char *words[8] = {NULL};
		int count = 0;
		for (char *word = strtok(line, " \n"); word != NULL && count < 8; word = strtok(NULL, " \n"))
			words[count++] = word;
		number++;
		vectors++;
		if (count == 7 && strcmp(words[0], "request") == 0)
			check_request(words, number);
		else if (count == 4 && strcmp(words[0], "reply") == 0)
			check_reply(words, number);
		else if (count == 2 && strcmp(words[0], "part") == 0)
			check_other(words, number, VETO_PARSED_PART);
		else if (count == 2 && strcmp(words[0], "malformed") == 0)
			check_other(words, number, VETO_PARSED_MALFORMED);
		else
			fail("unknown kind of vector", number);
	}
	free(line);
	check_limits();
	check_login();
	check_random(300000);
	printf("%ld vectors, %d failures\n", vectors, failures);
	return failures != 0 || vectors == 0;
}
