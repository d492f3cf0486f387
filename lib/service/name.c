#include "service/name.h"

#include "base/str.h"

#include <string.h>

static bool letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

int name_check(const char *name, struct err *e)
{
	size_t n = strlen(name);
	if (n == 0)
		return err_set(e, ERR_USAGE, "a service's name cannot be empty");
	if (n > NAME_MAX_LEN)
		return err_set(e, ERR_USAGE, "the service name %.20s... has %zu characters; %d is the most", name, n,
			NAME_MAX_LEN);
	if (!letter_or_digit(*name))
		return err_set(e, ERR_USAGE, "the service name '%s' does not begin with a letter or digit", name);
	for (const char *p = name; *p; p++)
		if (!letter_or_digit(*p) && !strchr("_.-", *p))
			return err_set(e, ERR_USAGE, "the service name '%s' may only have letters, digits, '_', '.' and '-'",
				name);
	return 0;
}

bool name_valid(const char *name)
{
	struct err ignored;
	return name_check(name, &ignored) == 0;
}

/* What follows "dr-NAME-" in the volume's name, or NULL. */
static const char *owned_part(const char *name, const char *volume)
{
	const char *rest = str_after(volume, "dr-");
	rest = rest ? str_after(rest, name) : NULL;
	return rest && *rest == '-' ? rest + 1 : NULL;
}

bool name_owns_volume(const char *name, const char *volume, const struct strvec *others)
{
	if (!owned_part(name, volume))
		return false;
	for (size_t i = 0; others && i < others->n; i++)
		if (strlen(others->items[i]) > strlen(name) && owned_part(others->items[i], volume))
			return false;
	return true;
}

const char *name_nearest(const char *typed, const struct strvec *words)
{
	/* A third of the letters may be wrong: "instal", "lsit", but not any word of three letters for another. */
	unsigned best = (unsigned)strlen(typed) / 3 + 1;
	const char *nearest = NULL;
	for (size_t i = 0; i < words->n; i++) {
		unsigned d = str_distance(typed, words->items[i]);
		if (d < best || (d == best && !nearest)) {
			best = d;
			nearest = words->items[i];
		}
	}
	return nearest && best < strlen(nearest) ? nearest : NULL;
}
