package ceremony

import (
	"fmt"
	"strings"
	"time"

	"trustdeck/model/bundle"
	"trustdeck/model/display"
)

// Calendar is the dates of a ceremony for programs that keep appointments (RFC 5545).
func Calendar(o *bundle.Opened) string {
	b := o.Bundle()
	title := b.Title
	if b.Rehearsal {
		title = "Rehearsal: " + title
	}
	var out strings.Builder
	line := func(format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		for len(text) > maxFolded { // section 3.1: a line goes on after a line break and a space
			n := maxFolded
			for n > 0 && text[n]&0xc0 == 0x80 { // not within a character
				n--
			}
			out.WriteString(text[:n] + "\r\n")
			text = " " + text[n:]
		}
		out.WriteString(text + "\r\n")
	}
	line("BEGIN:VCALENDAR")
	line("VERSION:2.0")
	line("PRODID:-//trustdeck//ceremony//EN")
	const moment = "20060102T150405Z"
	for _, date := range []struct {
		name, says string
		at         time.Time
	}{
		{"opens", "signing opens", b.Dates.Opens},
		{"target", "everyone should have signed", b.Dates.Target},
		{"last-safe", "last safe day: no time is left after it for someone who does not come", b.Dates.LastSafe},
		{"expires", "no signature is taken any more", b.Dates.Expires},
	} {
		line("BEGIN:VEVENT")
		line("UID:%s-%s@trustdeck", o.Digest(), date.name)
		line("DTSTAMP:%s", b.Dates.Opens.UTC().Format(moment))
		line("DTSTART:%s", date.at.UTC().Format(moment))
		line("SUMMARY:%s", calendarText(title+": "+date.says))
		line("DESCRIPTION:%s", calendarText(string(b.Repository)+"; fingerprint: "+strings.Join(o.Digest().Words(), " ")))
		line("END:VEVENT")
	}
	line("END:VCALENDAR")
	return out.String()
}

// maxFolded is the most bytes of a line: section 3.1 of RFC 5545.
const maxFolded = 75

// calendarText escapes a text: section 3.3.11.
func calendarText(text string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`).Replace(display.Inline(text))
}
