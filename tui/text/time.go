package text

import (
	"fmt"
	"time"

	"trustdeck/model"
)

// UTC shows a moment to the minute: "2026-12-03 09:41 UTC". The zero time is
// "-".
func UTC(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return model.Moment(t)
}

// Date shows the day: "2026-12-03".
func Date(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02")
}

// Clock shows the time of day to the second, in UTC.
func Clock(t time.Time) string { return t.UTC().Format("15:04:05") }

// Elapsed is how long something took: "480 ms", from ten seconds on "12 s". What
// took no time that could be told is empty.
func Elapsed(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < 10*time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	default:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
}

// Span is the time between two moments in at most two units, whichever comes
// first: "45 s", "8 min", "3 h", "12 d", "5 mo", "2 y 1 mo". Below two months
// days are counted, for they decide whether something is urgent.
func Span(from, to time.Time) string {
	if to.Before(from) {
		from, to = to, from
	}
	d := to.Sub(from)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	case d < 60*24*time.Hour:
		return fmt.Sprintf("%d d", int(d.Hours()/24))
	}
	months := wholeMonths(from.UTC(), to.UTC())
	switch years := months / 12; {
	case years == 0:
		return fmt.Sprintf("%d mo", months)
	case months%12 == 0:
		return fmt.Sprintf("%d y", years)
	default:
		return fmt.Sprintf("%d y %d mo", years, months%12)
	}
}

// wholeMonths counts the calendar months that fit between from and to.
func wholeMonths(from, to time.Time) int {
	months := (to.Year()-from.Year())*12 + int(to.Month()-from.Month())
	if from.AddDate(0, months, 0).After(to) {
		months--
	}
	return max(months, 1)
}

// Relative is "in 12 d", "2 d ago" or "now". The zero time is "-".
func Relative(t, now time.Time) string {
	switch d := t.Sub(now); {
	case t.IsZero():
		return "-"
	case d >= time.Second:
		return "in " + Span(now, t)
	case d <= -time.Second:
		return Span(t, now) + " ago"
	default:
		return "now"
	}
}

// Age is how long ago t was, without "ago": "4 mo". The zero time is "-".
func Age(t, now time.Time) string {
	switch {
	case t.IsZero():
		return "-"
	case t.After(now):
		return Relative(t, now)
	default:
		return Span(t, now)
	}
}

// Expiry is "in 12 d" or "expired 2 d ago".
func Expiry(t, now time.Time) string {
	if !t.IsZero() && !t.After(now) {
		if s := Relative(t, now); s != "now" {
			return "expired " + s
		}
		return "expired now"
	}
	return Relative(t, now)
}
