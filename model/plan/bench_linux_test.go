package plan_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
)

// mostRatio is how many times as long a plan may take over ten times as many delegations:
// work that grows with their square takes 100 times as long, and work that grows with them
// more than ten times, because caches of the processor hold less of it.
const mostRatio = 25

// BenchmarkPlanOver4000Delegations compares it with a plan over 400, each delegation with a
// key of its own, and fails where the plan takes more than mostRatio times the processor
// time, which a busy machine changes less than the time.
func BenchmarkPlanOver4000Delegations(b *testing.B) {
	few, many := delegating(400), delegating(4000)
	for name, change := range map[string]func(*notarytest.Repo) model.Change{
		"add a delegation": func(r *notarytest.Repo) model.Change {
			return model.AddDelegation{Role: "targets/new", Keys: public(r.Keys["targets/role7"][0]), Paths: []string{""}}
		},
		"remove a delegation": func(*notarytest.Repo) model.Change { return model.RemoveDelegation{Role: "targets/role7"} },
		"add a target": func(*notarytest.Repo) model.Change {
			return model.AddTarget{Role: model.RoleTargets, Name: "new", Length: 3, SHA256: make([]byte, 32)}
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				least, most := time.Hour, time.Hour
				for range 5 { // they take turns
					least, most = min(least, few.plan(b, change, 10)), min(most, many.plan(b, change, 1))
				}
				ratio := 10 * most.Seconds() / least.Seconds()
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(most.Seconds()*1000, "ms")
				b.ReportMetric(ratio, "4000/400")
				if ratio > mostRatio {
					b.Errorf("%s over 4000 delegations, %s for ten plans over 400", most, least)
				}
			}
		})
	}
}

// crowd is a repository with many delegations, as it is published and as it was read.
type crowd struct {
	repo *notarytest.Repo
	read *model.Repository
}

// delegating makes a repository with so many delegations, none of which has a file.
func delegating(n int) crowd {
	repo := notarytest.New(gun, now)
	for i := range n {
		role := model.RoleName(fmt.Sprintf("targets/role%d", i))
		repo.Delegate(role, 1, []string{fmt.Sprintf("tag%d-", i)}, notarytest.NewKey())
		delete(repo.Files, role)
	}
	repo.Seal(model.RoleTargets)
	return crowd{repo, repo.Read()}
}

// plan is the processor time that so many plans take.
func (c crowd) plan(b *testing.B, change func(*notarytest.Repo) model.Change, times int) time.Duration {
	b.Helper()
	request := plan.Request{Dialect: docker.Dialect{}, GUN: gun, Repository: c.read, Changes: []model.Change{change(c.repo)}}
	start := spent(b)
	for range times {
		if _, err := plan.Compile([]plan.Request{request}, nil, now); err != nil {
			b.Fatal(err)
		}
	}
	return spent(b) - start
}

// spent is the processor time of this process outside the kernel.
func spent(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano())
}
