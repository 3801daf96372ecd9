/* SPDX-License-Identifier: MIT */
#include "base/num.h"
#include "codec/date.h"

enum { DAY_SECS = 24 * 60 * 60, DAYS_OF_400_YEARS = 146097 };

/* The years 1 to 9999: what four digits can say. */
static const int64_t secs_min = -62135596800;
static const int64_t secs_max = 253402300799;

struct date {
	int64_t year, month, day; /* month and day from 1 */
	int64_t hour, minute, second;
};

static const char *const weekdays[] = { "Sunday", "Monday", "Tuesday",
	"Wednesday", "Thursday", "Friday", "Saturday" };
static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

static bool
is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t
days_of_month(int64_t year, int64_t month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01 to January 1st of a year from 1 on. */
static int64_t
days_to_year(int64_t year)
{
	int64_t before = year - 1;

	return before * 365 + before / 4 - before / 100 + before / 400 - 719162;
}

static int64_t
days_of(const struct date *date)
{
	int64_t days = days_to_year(date->year) + date->day - 1;

	for (int64_t month = 1; month < date->month; month++)
		days += days_of_month(date->year, month);
	return days;
}

static int64_t
secs_of(const struct date *date)
{
	return days_of(date) * DAY_SECS + date->hour * 3600 +
	    date->minute * 60 + date->second;
}

/* 0 for Sunday. */
static size_t
weekday_of(const struct date *date)
{
	/* 0001-01-01 was a Monday. */
	return (size_t)((days_of(date) - days_to_year(1) + 1) % 7);
}

static struct date
date_of(int64_t secs)
{
	struct date date = { .month = 1 };
	int64_t days, left;

	if (secs < secs_min)
		secs = secs_min;
	if (secs > secs_max)
		secs = secs_max;
	left = secs - secs_min;
	days = left / DAY_SECS;
	left %= DAY_SECS;
	/* Never too late, and too early by a year or two at most. */
	date.year = days * 400 / DAYS_OF_400_YEARS;
	if (date.year < 1)
		date.year = 1;
	days += days_to_year(1);
	while (days >= days_to_year(date.year + 1))
		date.year++;
	days -= days_to_year(date.year);
	while (days >= days_of_month(date.year, date.month))
		days -= days_of_month(date.year, date.month++);
	date.day = days + 1;
	date.hour = left / 3600;
	date.minute = left / 60 % 60;
	date.second = left % 60;
	return date;
}

const char *
date_http(struct pool *pool, int64_t secs)
{
	struct date date = date_of(secs);

	return pool_format(pool, "%.3s, %02d %s %04d %02d:%02d:%02d GMT",
	    weekdays[weekday_of(&date)], (int)date.day, months[date.month - 1],
	    (int)date.year, (int)date.hour, (int)date.minute,
	    (int)date.second);
}

static char *
put_digits(char *at, size_t count, int64_t value)
{
	for (size_t i = count; i-- > 0; value /= 10)
		at[i] = (char)('0' + value % 10);
	return at + count;
}

/* Signatures need it several times each: no printf. */
void
date_amz(char text_r[DATE_AMZ_CHARS + 1], int64_t secs)
{
	struct date date = date_of(secs);
	char *at = text_r;

	at = put_digits(at, 4, date.year);
	at = put_digits(at, 2, date.month);
	at = put_digits(at, 2, date.day);
	*at++ = 'T';
	at = put_digits(at, 2, date.hour);
	at = put_digits(at, 2, date.minute);
	at = put_digits(at, 2, date.second);
	*at++ = 'Z';
	*at = '\0';
}

const char *
date_iso(struct pool *pool, int64_t secs)
{
	struct date date = date_of(secs);

	return pool_format(pool, "%04d-%02d-%02dT%02d:%02d:%02dZ",
	    (int)date.year, (int)date.month, (int)date.day, (int)date.hour,
	    (int)date.minute, (int)date.second);
}

static bool
take_number(struct slice *rest, size_t digits, int64_t *number_r)
{
	if (rest->len < digits ||
	    !num_parse_i64(slice_make(rest->data, digits), 9999, number_r))
		return false;
	*rest = slice_from(*rest, digits);
	return true;
}

static bool
take_month(struct slice *rest, int64_t *month_r)
{
	for (size_t i = 0; i < ARRAY_COUNT(months); i++) {
		if (slice_take_str(rest, months[i])) {
			*month_r = (int64_t)i + 1;
			return true;
		}
	}
	return false;
}

/* "08:49:37"; a separator of "" for "084937". */
static bool
take_time(struct slice *rest, const char *separator, struct date *date)
{
	return take_number(rest, 2, &date->hour) &&
	    slice_take_str(rest, separator) &&
	    take_number(rest, 2, &date->minute) &&
	    slice_take_str(rest, separator) &&
	    take_number(rest, 2, &date->second);
}

/* A day of the calendar, and second 60 for a leap second. */
static bool
is_real(const struct date *date)
{
	return date->year >= 1 && date->month >= 1 && date->month <= 12 &&
	    date->day >= 1 &&
	    date->day <= days_of_month(date->year, date->month) &&
	    date->hour <= 23 && date->minute <= 59 && date->second <= 60;
}

/* " 06 Nov 1994 08:49:37 GMT" */
static bool
take_fixdate(struct slice *rest, struct date *date)
{
	return slice_take_str(rest, " ") && take_number(rest, 2, &date->day) &&
	    slice_take_str(rest, " ") && take_month(rest, &date->month) &&
	    slice_take_str(rest, " ") && take_number(rest, 4, &date->year) &&
	    slice_take_str(rest, " ") && take_time(rest, ":", date) &&
	    slice_take_str(rest, " GMT");
}

/* " 06-Nov-94 08:49:37 GMT" */
static bool
take_rfc850(struct slice *rest, struct date *date)
{
	if (!slice_take_str(rest, " ") || !take_number(rest, 2, &date->day) ||
	    !slice_take_str(rest, "-") || !take_month(rest, &date->month) ||
	    !slice_take_str(rest, "-") || !take_number(rest, 2, &date->year))
		return false;
	/* As POSIX reads "%y"; the weekday must bear it out. */
	date->year += date->year < 69 ? 2000 : 1900;
	return slice_take_str(rest, " ") && take_time(rest, ":", date) &&
	    slice_take_str(rest, " GMT");
}

/* " Nov  6 08:49:37 1994" */
static bool
take_asctime(struct slice *rest, struct date *date)
{
	if (!slice_take_str(rest, " ") || !take_month(rest, &date->month) ||
	    !slice_take_str(rest, " "))
		return false;
	if (!take_number(rest, slice_take_str(rest, " ") ? 1 : 2, &date->day))
		return false;
	return slice_take_str(rest, " ") && take_time(rest, ":", date) &&
	    slice_take_str(rest, " ") && take_number(rest, 4, &date->year);
}

/* The three forms of RFC 9110 section 5.6.7, told apart by the weekday. */
static bool
take_http(struct slice *rest, size_t weekday, struct date *date)
{
	const char *name = weekdays[weekday];
	const char abbreviation[] = { name[0], name[1], name[2], '\0' };

	if (slice_take_str(rest, name))
		return slice_take_str(rest, ",") && take_rfc850(rest, date);
	if (!slice_take_str(rest, abbreviation))
		return false;
	if (slice_take_str(rest, ","))
		return take_fixdate(rest, date);
	return take_asctime(rest, date);
}

bool
date_parse_http(struct slice text, int64_t *secs_r)
{
	for (size_t i = 0; i < ARRAY_COUNT(weekdays); i++) {
		struct slice rest = text;
		struct date date = { .year = 0 };

		if (!take_http(&rest, i, &date) || rest.len > 0)
			continue;
		if (!is_real(&date) || weekday_of(&date) != i)
			return false;
		*secs_r = secs_of(&date);
		return true;
	}
	return false;
}

bool
date_parse_amz(struct slice text, int64_t *secs_r)
{
	struct date date;

	if (!take_number(&text, 4, &date.year) ||
	    !take_number(&text, 2, &date.month) ||
	    !take_number(&text, 2, &date.day) || !slice_take_str(&text, "T") ||
	    !take_time(&text, "", &date) || !slice_eq_str(text, "Z") ||
	    !is_real(&date))
		return false;
	*secs_r = secs_of(&date);
	return true;
}

/* ".123", of which nothing is kept; true also when there is none. */
static bool
take_fraction(struct slice *rest)
{
	size_t digits = 0;

	if (!slice_take_str(rest, "."))
		return true;
	while (digits < rest->len && rest->data[digits] >= '0' &&
	    rest->data[digits] <= '9')
		digits++;
	*rest = slice_from(*rest, digits);
	return digits > 0;
}

bool
date_parse_iso(struct slice text, int64_t *secs_r)
{
	struct date date;

	if (!take_number(&text, 4, &date.year) || !slice_take_str(&text, "-") ||
	    !take_number(&text, 2, &date.month) ||
	    !slice_take_str(&text, "-") || !take_number(&text, 2, &date.day) ||
	    !slice_take_str(&text, "T") || !take_time(&text, ":", &date) ||
	    !take_fraction(&text) || !slice_eq_str(text, "Z") ||
	    !is_real(&date))
		return false;
	*secs_r = secs_of(&date);
	return true;
}
