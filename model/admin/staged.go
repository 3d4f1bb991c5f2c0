package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// Codes of the findings about what waits in the trust folder.
const (
	// CodeStaged: changes are staged and not published.
	CodeStaged = "staged-changes"
	// CodeStagedBad: a staged change cannot be published, and keeps the others
	// from being published.
	CodeStagedBad = "staged-change-unusable"
	// CodeUnpublished: a repository was initialised here and never published.
	CodeUnpublished = "never-published"
	// CodeAhead: the trust folder holds newer metadata than the server.
	CodeAhead = "newer-than-server"
)

// StagedChange is a change of the changelist with its place in it.
type StagedChange struct {
	// Index counts from 0 over all files, as "notary reset -n" does. The
	// numbers of "notary status" leave out what cannot be read.
	Index int
	// File is its path, Size its length in bytes.
	File string
	Size int
	// At is when it was staged, by its name, or else by the file's date.
	At time.Time
	// Change is what it says; the zero value where Fault is set.
	Change model.StagedChange
	// Fault says why it could not be read or cannot be published.
	Fault *model.Fault
	// RefusedHere is why trustdeck doesn't publish it, though nothing is wrong with it for the
	// client that staged it: that one may still publish it.
	RefusedHere *model.Fault
	// Unread is true where it could not be read: Change is the zero value.
	Unread bool
	// Mark tells the file from any other that may get its name; its hash is empty where
	// the file could not be read.
	Mark model.StagedMark
	// Planned are the changes of a plan that do the same; none where Fault is set, or where
	// the repository is not known as it is now.
	Planned []model.Change
}

// Words says in one line what the change does, or that it could not be read.
func (c *StagedChange) Words() string {
	if c.Unread {
		return c.Fault.Text
	}
	return c.Change.Words()
}

// Ahead is a metadata file in the trust folder that is newer than the server's.
type Ahead struct {
	Role model.RoleName
	// Local is the version in the trust folder, Server that of the server.
	Local, Server int64
	Modified      time.Time
}

// Words says in one line what is newer here.
func (a *Ahead) Words() string {
	return fmt.Sprintf("%s is version %d here and version %d on the server", a.Role, a.Local, a.Server)
}

// Staged is what waits in the trust folder to be published to a repository.
type Staged struct {
	GUN model.GUN
	// Changes in the order in which Notary applies them.
	Changes []StagedChange
	// Unpublished is true where the repository was initialised here and the
	// server has no trust data for it.
	Unpublished bool
	// Initialised is when that was; zero where Unpublished is false.
	Initialised time.Time
	// Ahead are metadata files that are newer here than on the server.
	Ahead []Ahead
	// Compared tells whether the server's versions were known; without them
	// Unpublished and Ahead say nothing.
	Compared bool
	// Fault is why the folder could not be read to the end.
	Fault *model.Fault
}

// Count is how many things wait: changes, files that are ahead, and the first
// publish.
func (s *Staged) Count() int {
	n := len(s.Changes) + len(s.Ahead)
	if s.Unpublished {
		n++
	}
	return n
}

// Since is when the oldest of the changes was staged; zero where there is none.
func (s *Staged) Since() time.Time {
	var since time.Time
	for _, c := range s.Changes {
		if since.IsZero() || c.At.Before(since) {
			since = c.At
		}
	}
	return since
}

// Unusable is how many of the changes cannot be published.
func (s *Staged) Unusable() int {
	n := 0
	for _, c := range s.Changes {
		if c.Fault != nil {
			n++
		}
	}
	return n
}

// empty reports whether there is nothing to tell.
func (s *Staged) empty() bool { return s.Count() == 0 && s.Fault == nil }

// Staged lists what waits in the trust folder, by repository, sorted by name.
// What is known of the servers is taken from views. The error is for the folder
// as a whole; what could be read is returned with it.
func (d *Service) Staged(ctx context.Context, views []Look) ([]Staged, error) {
	if d.Trust == nil || d.Remote.Source().Kind == model.SourceArchive {
		return nil, nil
	}
	staged, errStaged := d.Trust.StagedRepositories(ctx)
	listed, errListed := d.Trust.Repositories(ctx)
	var guns []model.GUN
	for _, l := range slices.Concat(staged, listed) {
		guns = append(guns, l.GUN)
	}
	slices.Sort(guns)
	byName := map[model.GUN]Look{}
	for _, v := range views {
		byName[v.GUN] = v
	}
	var out []Staged
	keys := d.keysOnce(ctx)
	for _, gun := range slices.Compact(guns) {
		if ctx.Err() != nil {
			return out, context.Cause(ctx)
		}
		view := byName[gun]
		view.GUN = gun
		if s := d.stagedFor(ctx, view, keys); !s.empty() {
			out = append(out, s)
		}
	}
	return out, cmp.Or(errStaged, errListed)
}

// StagedFor tells what waits in the trust folder to be published to the
// repository of a view.
func (d *Service) StagedFor(ctx context.Context, view Look) Staged {
	return d.stagedFor(ctx, view, d.keysOnce(ctx))
}

// keysOnce reads the private keys of this machine when they are asked for, and then no more.
func (d *Service) keysOnce(ctx context.Context) func() ([]model.PrivateKey, error) {
	return sync.OnceValues(func() ([]model.PrivateKey, error) { return d.Stores.Keys(ctx) })
}

func (d *Service) stagedFor(ctx context.Context, view Look, keys func() ([]model.PrivateKey, error)) Staged {
	out := Staged{GUN: view.GUN}
	if d.Trust == nil || d.Remote.Source().Kind == model.SourceArchive {
		return out
	}
	files, err := d.Trust.Staged(ctx, view.GUN)
	out.Fault = stagedFault(err)
	for i, f := range files {
		out.Changes = append(out.Changes, stagedChange(d.DialectOf(view.GUN), i, f))
	}
	absent := view.Repository == nil && view.Fault != nil && view.Fault.Kind == model.FaultNotFound
	fresh := view.Repository != nil && !view.Stale && view.Repository.Source.Kind == model.SourceServer
	if !absent && !fresh {
		return out
	}
	out.Compared = true
	local, err := d.Trust.Metadata(ctx, view.GUN)
	if out.Fault == nil {
		out.Fault = stagedFault(err)
	}
	if absent {
		out.Initialised, out.Unpublished = initialised(local)
		return out
	}
	out.Ahead = ahead(view.Repository, local)
	d.judge(&out, view.Repository, keys)
	return out
}

func stagedFault(err error) *model.Fault {
	var fault *model.Fault
	if err != nil && !errors.As(err, &fault) {
		fault = &model.Fault{Kind: model.FaultLocal, Text: err.Error(), Err: err}
	}
	return fault
}

// stagedChange reads a file of a changelist.
func stagedChange(format dialect.Dialect, index int, f port.StagedFile) StagedChange {
	c := StagedChange{Index: index, File: f.Path, Size: len(f.Bytes), At: stagedAt(f), Fault: f.Fault, Mark: f.Mark()}
	if c.Fault != nil {
		c.Unread = true
		return c
	}
	change, err := format.ParseChange(f.Bytes)
	c.Change, c.Unread = change, err != nil
	switch {
	case err != nil:
		c.block(&model.Fault{Text: err.Error(), Err: err}, "Look at the file")
	case change.Refused != "":
		c.block(&model.Fault{Text: "it cannot be published: " + change.Refused}, "Look at the file")
	}
	return c
}

// block says why a change cannot be published: nothing can be while it is there.
func (c *StagedChange) block(f *model.Fault, first string) {
	c.Fault, f.Kind, f.Subject = f, model.FaultLocal, c.File
	f.Hint = "Nothing can be published while it is there. " + first + ", then drop it with trustdeck reset --entry " + strconv.Itoa(c.Index) + "."
}

// refuseHere says why trustdeck doesn't publish a change that its own client may publish.
func (c *StagedChange) refuseHere(why *model.Fault, err error) {
	c.RefusedHere = &model.Fault{
		Kind: model.FaultUsage, Subject: c.File, Text: "trustdeck publish refuses it: " + why.Text, Err: err,
		Hint: strings.TrimSpace("The client that staged it may still publish it. To publish the others with trustdeck, leave it out with --drop " + strconv.Itoa(c.Index) + ". " + why.Hint),
	}
}

// judge applies the changes to the repository, one after the other as its client would, and
// says which of them cannot be published.
func (d *Service) judge(s *Staged, r *model.Repository, readKeys func() ([]model.PrivateKey, error)) {
	format, ok := d.DialectOf(s.GUN).(dialect.Writable)
	if !ok || len(s.Changes) == 0 {
		return
	}
	keys, err := readKeys()
	if err != nil {
		return // publishing says so
	}
	keys = d.KnownAs(keys, r)
	var at []int
	var staged []model.StagedChange
	for i := range s.Changes {
		if c := &s.Changes[i]; c.Fault == nil {
			at, staged = append(at, i), append(staged, c.Change)
		}
	}
	request := plan.Request{Dialect: format, GUN: s.GUN, Repository: r}
	for i, entry := range plan.Staged(request, keys, d.Clock(), staged) {
		c := &s.Changes[at[i]]
		var refused *model.Fault
		switch {
		case c.Change.Type == model.StagedDelegation && errors.As(entry.Refused, &refused):
			c.refuseHere(refused, entry.Refused)
		case errors.As(entry.Refused, &refused):
			c.block(&model.Fault{Text: "it cannot be published: " + refused.Text, Err: entry.Refused}, strings.TrimSuffix(refused.Hint, "."))
		case entry.Lacking != "":
			c.block(&model.Fault{Text: "it cannot be published here: " + entry.Lacking}, "Bring the key here")
		}
		c.Planned = entry.Changes
	}
}

// firstNotary is before there was any Notary to stage a change.
var firstNotary = time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)

// stagedAt reads the time from the name of the file, which begins with
// nanoseconds since 1970. A name of another form, or of a time that cannot be,
// leaves the date of the file.
func stagedAt(f port.StagedFile) time.Time {
	digits, _, ok := strings.Cut(f.Name, "_")
	nanos, err := strconv.ParseInt(digits, 10, 64)
	at := time.Unix(0, nanos).UTC()
	if !ok || err != nil || at.Before(firstNotary) {
		return f.Modified
	}
	return at
}

// initialised reports whether the files are those of a repository that was never
// published. A timestamp comes from a server only, so where there is one, the
// server had the repository and lost it.
func initialised(local []port.LocalFile) (at time.Time, ok bool) {
	for _, f := range local {
		if f.Role == model.RoleTimestamp {
			return time.Time{}, false
		}
		if f.Role == model.RoleRoot {
			at, ok = f.Modified, true
		}
	}
	return at, ok
}

// ahead compares versions, in the order of the repository's roles. A role that
// the server does not list any more leaves its file behind in the trust folder.
func ahead(repo *model.Repository, local []port.LocalFile) []Ahead {
	var out []Ahead
	for i := range repo.Roles {
		role := &repo.Roles[i]
		for _, f := range local {
			if f.Role == role.Name && role.Version > 0 && f.Version > role.Version {
				out = append(out, Ahead{Role: f.Role, Local: f.Version, Server: role.Version, Modified: f.Modified})
			}
		}
	}
	return out
}

// stagedFindings are those about the repositories of views.
func (d *Service) stagedFindings(ctx context.Context, views []Look) []health.Finding {
	staged, err := d.Staged(ctx, views)
	var out []health.Finding
	if err != nil {
		out = append(out, fromError(CodeStagedBad, model.Warning, err))
	}
	looked := map[model.GUN]bool{}
	for _, v := range views {
		looked[v.GUN] = true
	}
	for i := range staged {
		if looked[staged[i].GUN] {
			out = append(out, staged[i].findings(d.DialectOf(staged[i].GUN).Words().Staging)...)
		}
	}
	return out
}

func (s *Staged) findings(words dialect.Staging) []health.Finding {
	var out []health.Finding
	add := func(code string, severity model.Severity, role model.RoleName, text, remedy string) {
		out = append(out, health.Finding{Code: code, Severity: severity, GUN: s.GUN, Role: role, Text: text, Remedy: remedy})
	}
	if s.Fault != nil {
		add(CodeStagedBad, model.Warning, "", s.Fault.Error(), s.Fault.Hint)
	}
	wayOut := words.Waiting
	if s.Unpublished {
		wayOut = words.Unpublished
	}
	if n := len(s.Changes); n > 0 {
		what := fmt.Sprintf("%d changes are", n)
		if n == 1 {
			what = "1 change is"
		}
		add(CodeStaged, model.Notice, "", what+" staged but not published, since "+model.Moment(s.Since()), wayOut)
	}
	for _, c := range s.Changes {
		if c.Fault != nil {
			add(CodeStagedBad, model.Warning, "", c.Fault.Error(), c.Fault.Hint)
		}
	}
	if s.Unpublished {
		add(CodeUnpublished, model.Notice, "", "it was initialised here but never published, so no one else can see it", wayOut)
	}
	for _, a := range s.Ahead {
		add(CodeAhead, model.Warning, a.Role, a.Words(), a.WayOut())
	}
	return out
}

// WayOut says what to do about a file that is ahead.
func (a *Ahead) WayOut() string {
	if a.Role == model.RoleTimestamp || a.Role == model.RoleSnapshot {
		return "ask the server's operator whether an old backup was restored; clients that saw the newer version refuse this one"
	}
	return "find out who wrote it: it was never published, or the server has lost data; copy the trust folder before you publish"
}
