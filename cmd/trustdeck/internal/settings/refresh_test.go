package settings

import (
	"strings"
	"testing"
	"time"
)

// How often to look for changes is told by a flag, else by the file, as a time, as seconds or
// as off.
func TestRefresh(t *testing.T) {
	for _, c := range []struct {
		flag, file string
		every      time.Duration
		shown      string
	}{
		{"", "", 30 * time.Second, "30s"},
		{"", `refresh = "2m"`, 2 * time.Minute, "2m"},
		{"", "refresh = 5", 5 * time.Second, "5s"},
		{"", `refresh = "1h30m"`, 90 * time.Minute, "1h30m"},
		{"", `refresh = "off"`, 0, "off"},
		{"10", `refresh = "off"`, 10 * time.Second, "10s"},
		{"off", "refresh = 5", 0, "off"},
	} {
		s, err := Resolve(Flags{Refresh: c.flag}, world(nil, map[string]string{ownAt: c.file}))
		if err != nil || s.Every() != c.every || s.refreshed() != c.shown {
			t.Errorf("%+v: every %s, %q, %v", c, s.Every(), s.refreshed(), err)
		}
	}
	for _, f := range []Flags{{At: "2026-12-08"}, {Archive: "/archive"}} {
		if s, err := Resolve(f, world(nil, nil)); err != nil || s.Every() != 0 {
			t.Errorf("%+v: every %s, %v", f, s.Every(), err)
		}
	}
	for _, file := range []string{`refresh = "0s"`, "refresh = 0", "refresh = -1", `refresh = "often"`, "refresh = true", `refresh = "48h"`, "refresh = 1.5"} {
		if _, err := Resolve(Flags{}, world(nil, map[string]string{ownAt: file})); err == nil || !strings.Contains(err.Error(), "off") || !strings.Contains(err.Error(), ":1") {
			t.Errorf("%s: %v", file, err)
		}
	}
	if _, err := Resolve(Flags{Refresh: "often"}, world(nil, nil)); err == nil || !strings.Contains(err.Error(), "--refresh") {
		t.Errorf("--refresh often: %v", err)
	}
}
