/*
 * Judges passwords by libpwquality: one a line from standard input, and for
 * each its score or, if negative, why it is refused, as pwquality_check(3)
 * returns it. Settings are the library's defaults, not this machine's. The
 * arguments are words that must not occur.
 */
#include <pwquality.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	static char line[4096], words[1 << 20];
	size_t used = 0;
	pwquality_settings_t *settings = pwquality_default_settings();

	if (settings == NULL)
		return 1;
	for (int i = 1; i < argc; i++) {
		size_t n = strlen(argv[i]);
		if (used + n + 2 > sizeof words)
			return 1;
		if (used > 0)
			words[used++] = ' ';
		memcpy(words + used, argv[i], n);
		used += n;
	}
	if (used > 0 && pwquality_set_str_value(settings, PWQ_SETTING_BAD_WORDS, words) != 0)
		return 1;
	while (fgets(line, sizeof line, stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		printf("%d\n", pwquality_check(settings, line, NULL, NULL, NULL));
	}
	pwquality_free_settings(settings);
	return 0;
}
