#include "s3/explain.h"

#include "base/str.h"
#include "s3/xml.h"
#include "sys/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REFUSAL_MAX = 64 << 10, SKEW = 300 };

/* Seconds by which this machine's clock is ahead of "Tue, 24 Nov 2026 01:50:28 GMT" (RFC 9110 section 5.6.7), or 0. */
static int64_t ahead_of(const char *date)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char name[4], text[24];
	struct clock_time t;
	struct err ignored;
	if (!date || strlen(date) != 29)
		return 0;
	memcpy(name, date + 8, 3);
	name[3] = '\0';
	const char *m = strstr(months, name);
	snprintf(text, sizeof text, "%.4s-%02d-%.2sT%.8sZ", date + 12, m ? (int)(m - months) / 3 + 1 : 0, date + 5, date + 17);
	return clock_parse(text, &t, &ignored) < 0 ? 0 : clock_now().sec - t.sec;
}

/* A word of the server's, fit for a terminal. */
static void tame(char *s)
{
	for (; s && *s; s++)
		if ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7e)
			*s = '?';
}

static int redirected(const struct s3 *s, const struct http_response *rs, const char *xml, struct err *e)
{
	const char *header = http_header(rs, "x-amz-bucket-region"), *location = http_header(rs, "Location");
	CLEANUP_FREE char *said = xml_text(xml, NULL, "Region"), *endpoint = xml_text(xml, NULL, "Endpoint");
	tame(said);
	tame(endpoint);
	const char *region = header ? header : said, *where = endpoint ? endpoint : location;
	if (region && !str_eq(region, s->config.region))
		return err_set(e, ERR_STATUS, "the bucket is in the region %.60s, not %s: set AWS_REGION=%.60s", region,
			s->config.region, region);
	return err_set(e, ERR_STATUS, "the server redirects to %.200s, which is not followed: set AWS_ENDPOINT_URL",
		where ? where : "elsewhere");
}

int s3_explain(const struct s3 *s, const struct http_response *rs, struct err *e)
{
	static const struct { char code[24]; const char *words; } known[] = {
		{"InvalidAccessKeyId", "the server does not know this access key: check AWS_ACCESS_KEY_ID"},
		{"SignatureDoesNotMatch", "the secret key is wrong: check AWS_SECRET_ACCESS_KEY"},
		{"ExpiredToken", "the session token has expired: get new keys"},
		{"NoSuchBucket", "there is no such bucket"},
		{"NoSuchKey", "there is no such object"},
	};
	CLEANUP_BUF struct buf text = {0};
	struct buf_writer w;
	struct err ignored;
	int status = rs->status;
	int64_t ahead = ahead_of(http_header(rs, "Date"));
	buf_writer_init(&w, &text, REFUSAL_MAX);
	(void)!stream_copy(rs->body, &w.base, &ignored);
	writer_free(&w.base);
	const char *xml = buf_cstr(&text);
	CLEANUP_FREE char *code = xml_text(xml, NULL, "Code"), *message = xml_text(xml, NULL, "Message");
	const char *words = NULL;
	for (size_t i = 0; code && i < sizeof known / sizeof *known; i++)
		if (str_eq(code, known[i].code))
			words = known[i].words;
	tame(code);
	tame(message);
	enum err_kind kind = status == 404 ? ERR_NOT_FOUND : ERR_STATUS;
	if (str_eq(code, "RequestTimeTooSkewed") || ((status == 403 || status == 400) && (ahead > SKEW || ahead < -SKEW)))
		err_set(e, kind, "the clocks differ: this machine's is %lld minutes %s the server's; set it right",
			(long long)(ahead < 0 ? -ahead : ahead) / 60, ahead < 0 ? "behind" : "ahead of");
	else if (status / 100 == 3 || str_eq(code, "AuthorizationHeaderMalformed"))
		redirected(s, rs, xml, e);
	else if (words)
		err_set(e, kind, "%s", words);
	else if (code)
		err_set(e, kind, "the server refuses: %.60s: %.200s", code, message ? message : "no reason given");
	else
		err_set(e, kind, "%s (HTTP status %d)", status == 404 ? "there is no such object" : status == 403 ? "access is denied: "
			"check the keys and what they may do" : "the server fails", status);
	e->status = status;
	return -1;
}
