/* What the docker CLI's config.json says beside logins and contexts. One that is broken says nothing here: who needs it says so. */
#include "docker/settings.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/json.h"
#include "engine/attach.h"
#include "engine/context.h"
#include "net/http_conn.h"
#include "sys/file.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>

enum { CONFIG_MAX = 4 << 20, PROXY_NAME = 12 };

static struct json *settings(void)
{
	CLEANUP_FREE char *dir = context_folder(docker_folder());
	CLEANUP_FREE char *path = str_printf("%s/config.json", dir ? dir : "");
	CLEANUP_WITH(buf_wipe) struct buf text = {0};
	struct err ignored;
	return file_read(AT_FDCWD, path, CONFIG_MAX, &text, &ignored) < 0 ? NULL :
		json_parse(buf_cstr(&text), text.len, &ignored);
}

char *docker_setting(const char *name)
{
	CLEANUP_JSON struct json *doc = settings();
	const char *found = json_str_at(doc, name);
	return found && *found ? mem_strdup(found) : NULL;
}

int docker_keys(const char *given, char **keys, struct err *e)
{
	CLEANUP_BUF struct buf bytes = {0};
	*keys = given && *given ? mem_strdup(given) : docker_setting("detachKeys");
	if (!*keys || attach_keys(*keys, &bytes, e) == 0)
		return 0;
	return given && *given ? -1 : err_wrap(e, "detachKeys in config.json");
}

int docker_headers(struct strvec *out, struct err *e)
{
	/* What Go does not take from there either. */
	static const char *const own[] = {"User-Agent", "Host", "Content-Length", "Transfer-Encoding", "Trailer"};
	CLEANUP_JSON struct json *doc = settings();
	const struct json *all = json_get(doc, "HttpHeaders");
	for (size_t i = 0; i < json_count(all); i++) {
		const char *name = all->items[i].name, *value = json_text(&all->items[i]);
		bool ours = !name || !value;
		for (size_t k = 0; !ours && k < sizeof own / sizeof *own; k++)
			ours = strcasecmp(name, own[k]) == 0;
		if (ours)
			continue;
		strvec_pushf(out, "%s: %s", name, value);
		if (http_header_check(out->items[out->n - 1], e) < 0)
			return err_wrap(e, "HttpHeaders in config.json");
	}
	return 0;
}

static void add(const char *name, const char *value, struct strvec *words)
{
	size_t n = strlen(name);
	for (size_t i = 0; i < words->n; i++)
		if (strncmp(words->items[i], name, n) == 0 && (!words->items[i][n] || words->items[i][n] == '='))
			return;
	strvec_pushf(words, "%s=%s", name, value);
}

void docker_proxies(const struct engine *g, struct strvec *words)
{
	static const char *const names[] = {"HTTP", "http", "HTTPS", "https", "NO", "no", "FTP", "ftp", "ALL", "all"};
	CLEANUP_JSON struct json *doc = settings();
	const struct json *own = json_at(doc, "proxies", g->endpoint.text);
	if (!own)
		own = json_at(doc, "proxies", "default");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char key[PROXY_NAME], name[PROXY_NAME];
		snprintf(key, sizeof key, "%sProxy", names[i | 1]);
		snprintf(name, sizeof name, i & 1 ? "%s_proxy" : "%s_PROXY", names[i]);
		const char *value = json_str_at(own, key);
		if (value && *value)
			add(name, value, words);
	}
}
