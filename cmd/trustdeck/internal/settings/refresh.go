package settings

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"trustdeck/model/watch"
)

// The setting refresh: Off never asks whether anything has changed.
const (
	Off = time.Duration(-1)

	offWord      = "off"
	leastRefresh = time.Second
	mostRefresh  = 24 * time.Hour
	refreshHint  = `Write a time such as "30s", a number of seconds, or "off". The range is 1s to 24h.`
)

// interval is how often to ask: a time, seconds, or off.
type interval time.Duration

// UnmarshalTOML accepts Go's durations, whole seconds, and "off".
func (i *interval) UnmarshalTOML(v any) error {
	text, ok := v.(string)
	if seconds, whole := v.(int64); whole {
		text, ok = strconv.FormatInt(seconds, 10), true
	}
	parsed, valid := parseRefresh(text)
	if !ok || !valid {
		return errors.New(strings.ToLower(refreshHint[:1]) + strings.TrimSuffix(refreshHint[1:], "."))
	}
	*i = interval(parsed)
	return nil
}

// parseRefresh reads the setting; ok is false where it is none. The empty text is the zero
// value.
func parseRefresh(text string) (every time.Duration, ok bool) {
	text = strings.TrimSpace(text)
	switch text {
	case "":
		return 0, true
	case offWord:
		return Off, true
	}
	if seconds, err := strconv.ParseUint(text, 10, 32); err == nil {
		every = time.Duration(seconds) * time.Second
	} else if every, err = time.ParseDuration(text); err != nil {
		return 0, false
	}
	return every, leastRefresh <= every && every <= mostRefresh
}

// Every is how often the full screen asks whether anything has changed; 0 is never. What an
// archive holds does not change, and nor does what is judged for another moment.
func (s Settings) Every() time.Duration {
	if s.Refresh == Off || s.Archive != "" || !s.At.IsZero() {
		return 0
	}
	return first(s.Refresh, watch.DefaultInterval)
}

// refreshed is the setting for people.
func (s Settings) refreshed() string {
	if s.Refresh == Off {
		return offWord
	}
	return short(first(s.Refresh, watch.DefaultInterval))
}

// short is a time without the units that are zero at its end: 30s, 2m, 1h.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
