package plan

import (
	"fmt"
	"time"

	"trustdeck/model"
)

// maxLifetime bounds how many days a version may be said to last: as long as the longest root.
const maxLifetime = 3650

// A lifetime is after how long each version of a role expires, as it was and as it will be
// stated, and the role whose file states it.
type lifetime struct {
	role, in      model.RoleName
	before, after time.Duration
}

// setLifetimes states after how long the versions of renewed roles expire.
func (a *builder) setLifetimes(c model.Renew) error {
	switch {
	case c.LifetimeDays == 0:
		return nil
	case !a.dialect.Lifetimes():
		return a.fault("Renew without a lifetime.", "repositories of this kind don't state how long a version of a role is valid")
	case c.LifetimeDays < 1 || c.LifetimeDays > maxLifetime:
		return a.fault(fmt.Sprintf("Choose 1 to %d days.", maxLifetime), "a version of a role cannot be valid for %s", model.Count(c.LifetimeDays, "day"))
	}
	for _, name := range c.Roles {
		was := a.draft.Lifetime(name)
		in := a.draft.SetLifetime(name, c.Lifetime())
		if in == "" {
			continue
		}
		a.lifetimes = append(a.lifetimes, lifetime{name, in, was, c.Lifetime()})
		if in != name {
			a.addReason(in, "to state how long %s is valid", name)
		}
	}
	return nil
}

// lifetimeDiff is what a file says otherwise than before of how long roles are valid.
func (a *builder) lifetimeDiff(role model.RoleName) []string {
	var out []string
	for _, l := range a.lifetimes {
		if l.in == role {
			out = append(out, fmt.Sprintf("each version of %s is valid for %s, not %s", l.role, inDays(l.after), inDays(l.before)))
		}
	}
	return out
}

func inDays(d time.Duration) string { return model.Count(int(d/(24*time.Hour)), "day") }
