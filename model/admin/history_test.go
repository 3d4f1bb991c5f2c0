package admin

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// The versions of a role are in order whatever the times of the files are.
func TestSortRevisions(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC) }
	for name, row := range map[string]struct {
		revisions []Revision
		want      string
	}{
		"by time": {[]Revision{
			{Role: "root", Version: 2, Published: at(3)},
			{Role: "root", Version: 1, Published: at(1)},
			{Role: "targets", Version: 9, Published: at(4)},
			{Role: "targets", Version: 8, Published: at(2)},
		}, "targets 9, root 2, targets 8, root 1"},
		"equal times": {[]Revision{
			{Role: "root", Version: 3, Expires: at(1)},
			{Role: "root", Version: 2, Expires: at(9)},
			{Role: "root", Version: 1, Expires: at(5)},
			{Role: "targets", Version: 7, Expires: at(6)},
			{Role: "targets", Version: 6, Expires: at(7)},
		}, "root 3, targets 7, targets 6, root 2, root 1"},
		"times that contradict the versions": {[]Revision{
			{Role: "root", Version: 2, Published: at(1)}, {Role: "root", Version: 1, Published: at(2)},
		}, "root 2, root 1"},
	} {
		t.Run(name, func(t *testing.T) {
			sorted := slices.Clone(row.revisions)
			sortRevisions(sorted)
			var words []string
			for _, r := range sorted {
				words = append(words, fmt.Sprintf("%s %d", r.Role, r.Version))
			}
			if got := strings.Join(words, ", "); got != row.want {
				t.Errorf("%s, want %s", got, row.want)
			}
		})
	}
}
