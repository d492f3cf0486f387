#include "engine/context.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/json.h"
#include "crypto/sha256.h"
#include "sys/file.h"

#include <errno.h>
#include <string.h>

enum { CONFIG_MAX = 4 << 20 };

char *context_folder(const char *given)
{
	const char *home = getenv("HOME");
	if (!given || !*given)
		given = getenv("DOCKER_CONFIG");
	if (given && *given)
		return mem_strdup(given);
	return home && *home ? str_printf("%s/.docker", home) : NULL;
}

/* NULL with *e filled: ERR_NOT_FOUND when the file is not there. The text may hold logins. */
static struct json *read_json(const char *path, struct err *e)
{
	CLEANUP_WITH(buf_wipe) struct buf text = {0};
	if (file_read(AT_FDCWD, path, CONFIG_MAX, &text, e) < 0)
		return NULL;
	struct json *doc = json_parse(buf_cstr(&text), text.len, e);
	if (!doc)
		err_wrap(e, "%s is no valid JSON", path);
	return doc;
}

int context_current(const char *folder, char **name, struct err *e)
{
	CLEANUP_FREE char *path = str_printf("%s/config.json", folder);
	*name = NULL;
	CLEANUP_JSON struct json *doc = read_json(path, e);
	if (!doc)
		return e->kind == ERR_NOT_FOUND || (e->kind == ERR_SYS && e->sys == ENOTDIR) ? 0 : -1;
	const char *current = json_str_at(doc, "currentContext");
	*name = current && *current ? mem_strdup(current) : NULL;
	return 0;
}

int context_load(const char *folder, const char *name, char **host, char **certs, bool *unverified, struct err *e)
{
	struct sha256 h;
	char hex[SHA256_HEX];
	sha256_init(&h);
	sha256_add(&h, name, strlen(name));
	sha256_end_hex(&h, hex);
	*host = *certs = NULL;
	CLEANUP_FREE char *path = str_printf("%s/contexts/meta/%s/meta.json", folder, hex);
	CLEANUP_JSON struct json *doc = read_json(path, e);
	if (!doc && e->kind == ERR_NOT_FOUND)
		return err_set(e, ERR_NOT_FOUND, "there is no context '%s' in %s/contexts", name, folder);
	if (!doc)
		return err_wrap(e, "cannot read the context '%s'", name);
	const char *text = json_str_at(doc, "Endpoints", "docker", "Host");
	if (!text || !*text)
		return err_set(e, ERR_FORMAT, "the context '%s' names no engine (%s)", name, path);
	CLEANUP_FREE char *dir = str_printf("%s/contexts/tls/%s/docker", folder, hex);
	*host = mem_strdup(text);
	*unverified = json_true(json_path(doc, (const char *const[]){"Endpoints", "docker", "SkipTLSVerify", NULL}));
	*certs = file_exists(AT_FDCWD, dir) ? ptr_steal(&dir) : NULL;
	return 0;
}
