package transport

import (
	"reflect"
	"testing"
	"time"

	"trustdeck/model/display"
)

func TestChallenges(t *testing.T) {
	p := func(pairs ...string) map[string]string {
		out := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			out[pairs[i]] = pairs[i+1]
		}
		return out
	}
	tests := []struct {
		in   []string
		want []challenge
	}{
		{[]string{`Bearer realm="https://a/t",service="s",scope="repository:x:pull,push"`}, []challenge{{"bearer", p("realm", "https://a/t", "service", "s", "scope", "repository:x:pull,push")}}},
		{[]string{`Basic realm="x", Bearer realm=y`}, []challenge{{"basic", p("realm", "x")}, {"bearer", p("realm", "y")}}},
		{[]string{`Negotiate`, `Basic realm="a\"b\\"`}, []challenge{{"negotiate", p()}, {"basic", p("realm", `a"b\`)}}},
		{[]string{`BEARER Realm = "x" , , Service=s`}, []challenge{{"bearer", p("realm", "x", "service", "s")}}},
		{[]string{`Bearer realm="open`}, []challenge{{"bearer", p()}}},
		{[]string{`Bearer realm="a",realm="b"`}, []challenge{{"bearer", p("realm", "a")}}},
		{[]string{``, `,,`, `"x"`}, nil},
	}
	for _, tt := range tests {
		if got := parseChallenges(tt.in); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q: %+v, want %+v", tt.in, got, tt.want)
		}
	}
}

func FuzzChallenges(f *testing.F) {
	for _, s := range []string{`Bearer realm="a",service=b`, `Basic realm="\"`, `a=b, c d=e`, "\x00=\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, ch := range parseChallenges([]string{s}) {
			if ch.scheme == "" || ch.params == nil {
				t.Errorf("%q: %+v", s, ch)
			}
		}
	})
}

func FuzzErrorBody(f *testing.F) {
	f.Add([]byte(`{"errors":[{"code":"A","message":"b","detail":{"Error":{"Msg":"c"}}}]}`))
	f.Add([]byte(`{"errors":[{"code":1}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		reason := ParseRefusal(raw).Said()
		if reason != display.Strip(reason, 1000) {
			t.Errorf("%q is not fit to be shown", reason)
		}
	})
}

func FuzzToken(f *testing.F) {
	f.Add([]byte(`{"token":"x","expires_in":300,"issued_at":"2026-11-21T02:00:00Z"}`))
	f.Add([]byte(`{"access_token":"x","expires_in":-1}`))
	now := time.Now()
	f.Fuzz(func(t *testing.T, raw []byte) {
		tok, ok := parseToken(raw, now)
		if !ok {
			return
		}
		if life := tok.until.Sub(now); life <= 0 || life > 24*time.Hour {
			t.Errorf("%q lives %s", raw, life)
		}
		for _, r := range tok.header {
			if r < ' ' || r >= 0x7f {
				t.Errorf("%q makes the header %q", raw, tok.header)
			}
		}
	})
}
