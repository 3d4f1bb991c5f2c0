package practice

import (
	"time"
)

// fleet has a root of three of five, and one of the five has left. The keys of the others
// are here: more than enough to replace hers.
func fleet(s *Scenario, at time.Time) {
	custodian := func(name string) holder { return newHolder("fleet", name, root) }
	ada, ben, cleo, dan, eve := custodian("ada"), custodian("ben"), custodian("cleo"), custodian("dan"), custodian("eve")
	d := newDirectory("fleet", at.Add(-400*day), 3, ada, ben, cleo, dan, eve)
	d.signRoot(nil, ada, ben, cleo, dan, eve)
	d.now = at.Add(-60 * day)
	d.signRoot([]holder{dan, eve}, ada, ben, cleo)
	d.targets("targets", 180*day, []string{"firmware/gateway-4.2.bin", "firmware/sensor-1.9.bin"}, nil, ada, ben, cleo)
	d.now = at.Add(-day)
	d.publish()
	s.directory(d, ada, ben, cleo, dan)
}

// keyring has a root key in a file; the practice token has one that could take its place.
func keyring(s *Scenario, at time.Time) {
	ada := newHolder("keyring", "ada", root)
	d := newDirectory("keyring", at.Add(-200*day), 1, ada)
	d.signRoot(nil, ada)
	d.targets("targets", 300*day, []string{"keys/archive-2026.asc", "keys/release-2026.asc"}, nil, ada)
	d.now = at.Add(-day)
	d.publish()
	s.directory(d, ada)
}

// charter has a root of two of three. The keys of two custodians are here, so that one person can play
// both in a ceremony; the third is on holiday.
func charter(s *Scenario, at time.Time) {
	custodian := func(name string) holder { return newHolder("charter", name, root) }
	ada, ben, cleo := custodian("ada"), custodian("ben"), custodian("cleo")
	d := newDirectory("charter", at.Add(-250*day), 2, ada, ben, cleo)
	d.signRoot(nil, ada, ben, cleo)
	d.targets("targets", 330*day, []string{"charter-2025.pdf", "charter-2026.pdf"}, nil, ada, cleo)
	d.now = at.Add(-day)
	d.publish()
	s.directory(d, ada, cleo)
}

// feed has a timestamp that its job has not renewed.
func feed(s *Scenario, at time.Time) {
	ada, ben := newHolder("feed", "ada", root), newHolder("feed", "ben", root)
	d := newDirectory("feed", at.Add(-90*day), 1, ada, ben)
	d.signRoot(nil, ada, ben)
	d.targets("targets", 200*day, []string{"rules/2026-10.tar.gz", "rules/2026-11.tar.gz"}, nil, ada)
	d.now = at.Add(-9 * day)
	d.publish()
	s.directory(d, ada)
}

// catalog delegates by patterns, and one of its delegations is terminating: it keeps from
// clients what a later one lists.
func catalog(s *Scenario, at time.Time) {
	ada := newHolder("catalog", "ada", root)
	tools, libraries, archive := newHolder("catalog", "tina", "tools"), newHolder("catalog", "leo", "libraries"), newHolder("catalog", "mia", "archive")
	d := newDirectory("catalog", at.Add(-30*day), 1, ada)
	d.signRoot(nil, ada)
	to := delegations()
	may(to, "tools", tools, false, "tools/*")
	may(to, "libraries", libraries, true, "lib/*", "lib/*/*")
	may(to, "archive", archive, false, "*", "*/*", "*/*/*")
	d.targets("tools", 120*day, []string{"tools/lint", "tools/format"}, nil, tools)
	d.targets("libraries", 120*day, []string{"lib/zip/2.1", "lib/json"}, nil, libraries)
	d.targets("archive", 120*day, []string{"readme", "tools/old-lint", "lib/zip/1.0"}, nil, archive)
	d.targets("targets", 180*day, nil, to, ada)
	d.now = at.Add(-day)
	d.publish()
	s.directory(d, ada, libraries, archive)
}
