package admin

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/forecast"
)

// MostRoots is how many older roots a forecast looks at, the newest ones.
const MostRoots = 100

// Forecast says which client of a repository that was read fails when, if nothing is
// published any more. It reads the older roots. The error is the cause of the end of ctx.
func (d *Service) Forecast(ctx context.Context, r *model.Repository) (forecast.Forecast, error) {
	root := r.Role(model.RoleRoot)
	s := simulation{dialect: d.DialectOf(r.GUN), gun: r.GUN, current: root.Version, roots: map[int64][]byte{}, listings: map[model.RoleName][]byte{}}
	if root.Raw != nil {
		s.roots[root.Version] = root.Raw
	}
	for _, name := range []model.RoleName{model.RoleTimestamp, model.RoleSnapshot} {
		if role := r.Role(name); role != nil && role.Raw != nil {
			s.listings[name] = role.Raw
		}
	}
	unread := s.read(ctx, d)
	older := make([]int64, 0, len(s.roots))
	for version := range s.roots {
		if version != root.Version {
			older = append(older, version)
		}
	}
	slices.Sort(older)
	slices.Reverse(older)
	out := forecast.Make(r, older, s.moments(), s.accepts)
	out.Unread = unread
	return out, context.Cause(ctx)
}

// A simulation runs the update cycle of clients on roots that were read, at any moment.
type simulation struct {
	dialect dialect.Dialect
	gun     model.GUN
	current int64
	// roots are the files, by version, and listings those that name the current one.
	roots    map[int64][]byte
	listings map[model.RoleName][]byte
}

// read reads the older roots, and returns the versions of those that cannot be.
func (s *simulation) read(ctx context.Context, d *Service) (unread []int64) {
	older := make([]past, min(max(s.current-1, 0), MostRoots))
	var group errgroup.Group
	group.SetLimit(d.Requests())
	d.readPast(ctx, &group, s.gun, model.RoleRoot, s.current-1, older)
	_ = group.Wait() // the functions return no error
	for _, p := range older {
		if p.meta == nil || p.meta.Version != p.ref.Version {
			unread = append(unread, p.ref.Version)
			continue
		}
		s.roots[p.ref.Version] = p.file.Bytes
	}
	return unread
}

// moments are those after which a root may be refused: when its certificates have expired,
// or it has expired itself.
func (s *simulation) moments() []time.Time {
	var out []time.Time
	for _, raw := range s.roots {
		f, err := s.dialect.Parse(model.RoleRoot, raw)
		if err != nil {
			continue
		}
		out = append(out, f.Expires.Add(time.Second))
		for _, c := range s.dialect.Certificates(f.Metadata) {
			out = append(out, c.Certificate.NotAfter.Add(time.Second))
		}
	}
	return out
}

// accepts runs the update cycle of a client. One that has a root checks that first, as it
// checks a new one, but for expiry.
func (s *simulation) accepts(c forecast.Client, at time.Time) (reason string, ok bool) {
	if c.Kind == forecast.New {
		return s.load(s.current, at, nil)
	}
	if reason, ok := s.load(c.Root, at, nil); !ok || c.Root == s.current {
		return reason, ok
	}
	if reason, ok := s.lapsed(c.Root, at); !ok {
		return reason, false
	}
	return s.load(s.current, at, s.listings, dialect.Anchor{Kind: model.AnchorTrustDir, Source: "the client's folder", Raw: s.roots[c.Root]})
}

// lapsed says why a client gets from a root that has expired to none that follows; ok is
// true where it does.
func (s *simulation) lapsed(version int64, at time.Time) (reason string, ok bool) {
	has, err := s.dialect.Parse(model.RoleRoot, s.roots[version])
	if _, lapses := s.dialect.(dialect.Lapsing); !lapses || err != nil || at.Before(has.Expires) {
		return "", true
	}
	current, err := s.dialect.Parse(model.RoleRoot, s.roots[s.current])
	if err == nil && s.dialect.Succeeds(s.gun, at, has, current) == nil {
		return "", true
	}
	return fmt.Sprintf("root %d has expired, and its keys have not signed root %d", version, s.current), false
}

// load verifies the root of a version from anchors, as if there were none after it. The listings lead to it a client that
// looks for a newer root only where they name one.
func (s *simulation) load(version int64, at time.Time, listings map[model.RoleName][]byte, anchors ...dialect.Anchor) (reason string, ok bool) {
	l := s.dialect.Load(dialect.Config{GUN: s.gun, At: at, FirstUse: model.AnchorFirstUse, Anchors: anchors})
	absent := &model.Fault{Kind: model.FaultNotFound, Subject: string(s.gun), Text: "it is not read"}
	for wants := l.Wants(); len(wants) > 0; wants = l.Wants() {
		for _, w := range wants {
			raw := listings[w.Role]
			switch {
			case w.Role == model.RoleRoot && w.Version > version:
			case w.Role == model.RoleRoot && w.Version > 0:
				raw = s.roots[w.Version]
			case w.Role == model.RoleRoot:
				raw = s.roots[version]
			}
			if raw == nil {
				l.Give(w, nil, time.Time{}, absent)
			} else {
				l.Give(w, raw, time.Time{}, nil)
			}
		}
	}
	r := l.Repository()
	root := r.Role(model.RoleRoot)
	switch stamp := r.Role(model.RoleTimestamp); {
	case root.State == model.RoleVerified && root.Version == version:
		return "", true
	case root.State == model.RoleVerified && root.Expired:
		return fmt.Sprintf("it stops at root %d, which has expired", root.Version), false
	case root.State == model.RoleVerified && listings != nil && stamp.State != model.RoleVerified:
		return fmt.Sprintf("it stops at root %d, which doesn't verify the timestamp", root.Version), false
	case root.State == model.RoleVerified:
		return "", true
	}
	for _, p := range root.Problems {
		if p.Severity == model.Failure && p.Code != model.ProblemExpired {
			return p.Text, false
		}
	}
	return "root is " + root.State.String(), false
}
