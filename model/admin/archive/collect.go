package archive

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
)

// maxFaultsInARow ends the reading of a repository: a server that fails so
// often will fail again.
const maxFaultsInARow = 10

// A collection is the reading of one repository into the vault.
type collection struct {
	run *archiving
	gun model.GUN
	// held is what the vault had before, without what is damaged.
	held Holding

	// mu guards what follows.
	mu sync.Mutex
	// saved are all files in the vault, by role and version.
	saved map[model.RoleName]map[int64][]VaultFile
	// current are the digests of the present versions.
	current map[model.RoleName]digest
	// absent are the versions that the server does not have.
	absent map[model.RoleName]map[int64]bool
	// newlyAbsent is true where this run found one.
	newlyAbsent bool
	// names are the roles that were met.
	names map[model.RoleName]bool
	// full is true where the server has other bytes for a version than were
	// saved: then everything is read again.
	full     bool
	problems []model.Problem
	// incomplete is true where something that the server may have is not here.
	incomplete bool
	// down is why nothing more is asked for; inARow counts towards it.
	down   *model.Fault
	inARow int
	// vaultErr is the first failure of the vault. It ends the run.
	vaultErr   error
	asked, new int
}

func newCollection(run *archiving, gun model.GUN) *collection {
	return &collection{
		run: run, gun: gun,
		saved:   map[model.RoleName]map[int64][]VaultFile{},
		current: map[model.RoleName]digest{},
		absent:  map[model.RoleName]map[int64]bool{},
		names:   map[model.RoleName]bool{},
	}
}

func (c *collection) tell(phase Phase, role model.RoleName) {
	c.mu.Lock()
	p := Progress{GUN: c.gun, Phase: phase, Role: role, Asked: c.asked, New: c.new}
	c.mu.Unlock()
	c.run.tell(p)
}

// source says where the repository is read from.
func (c *collection) source() model.Source { return c.run.service.SourceOf(c.gun) }

// begin takes over what the vault has.
func (c *collection) begin(held Holding) {
	c.held = held
	for _, f := range held.Files {
		c.put(f)
		c.names[f.Role] = true
		// A repository that was replaced once has two sets of versions, and
		// having one of them says nothing of the other.
		c.full = c.full || f.Differs
	}
}

// put remembers a file that is in the vault. The caller holds c.mu, or is alone.
func (c *collection) put(f VaultFile) {
	versions := c.saved[f.Role]
	if versions == nil {
		versions = map[int64][]VaultFile{}
		c.saved[f.Role] = versions
	}
	for i, have := range versions[f.Version] {
		if have.SHA256 == f.SHA256 {
			f.New = f.New || have.New
			versions[f.Version][i] = f
			return
		}
	}
	versions[f.Version] = append(versions[f.Version], f)
}

// look reads and verifies the present state. Files that the vault has are taken
// from there; what it saw as current last is an anchor.
func (c *collection) look(ctx context.Context) admin.Look {
	files := admin.Files{Read: c.read, Source: c.source(), Cached: map[model.RoleName]dialect.Stored{}}
	for _, f := range c.held.Files {
		if !f.Current {
			continue
		}
		raw, err := c.run.vault.Load(ctx, c.gun, f)
		if err != nil {
			continue // Held has found it sound; if it changed since, it is read anew
		}
		files.Cached[f.Role] = dialect.Stored{Raw: raw, Modified: f.Modified}
		if f.Role == model.RoleRoot {
			files.Anchors = append(files.Anchors, dialect.Anchor{Kind: model.AnchorArchive, Source: "the last run", Raw: raw})
		}
	}
	return c.run.service.OpenFiles(ctx, c.gun, files)
}

// read gives a file to a Load: from the vault where it has it, else from the
// remote, and then the vault has it too.
func (c *collection) read(ctx context.Context, ref port.Ref) (port.File, error) {
	if f, ok := c.inVault(ref); ok {
		raw, err := c.run.vault.Load(ctx, c.gun, f)
		if err == nil {
			return port.File{Bytes: raw, Modified: f.Modified}, nil
		}
	}
	f, fault := c.fetch(ctx, ref)
	if fault != nil {
		return port.File{}, fault
	}
	c.keep(ctx, ref, f)
	return f, nil
}

// inVault finds the file that ref names among those saved. The current file is
// never taken from there.
func (c *collection) inVault(ref port.Ref) (VaultFile, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ref.SHA256 == "" && (ref.Version == 0 || c.full) {
		return VaultFile{}, false
	}
	for version, files := range c.saved[ref.Role] {
		for _, f := range files {
			if (ref.Version == 0 || version == ref.Version) && (ref.SHA256 == "" || fmt.Sprintf("%x", f.SHA256) == ref.SHA256) {
				return f, true
			}
		}
	}
	return VaultFile{}, false
}

// fetch asks the remote, within the bounds of the run.
func (c *collection) fetch(ctx context.Context, ref port.Ref) (port.File, *model.Fault) {
	select {
	case c.run.slots <- struct{}{}:
		defer func() { <-c.run.slots }()
	case <-ctx.Done():
		return port.File{}, archiveStopped(ctx)
	}
	c.mu.Lock()
	down := c.down
	c.mu.Unlock()
	if down != nil {
		return port.File{}, down
	}
	f, err := c.run.service.Remote.Read(ctx, c.gun, ref)
	fault := model.FaultOf(err, ref.Role)
	c.mu.Lock()
	c.asked++
	c.note(fault)
	c.mu.Unlock()
	c.tell(Reading, ref.Role)
	return f, fault
}

// note decides whether to go on after an answer. The caller holds c.mu.
func (c *collection) note(fault *model.Fault) {
	if fault == nil || fault.Kind == model.FaultNotFound {
		c.inARow = 0
		return
	}
	c.inARow++
	lost := fault.Kind == model.FaultUnreachable || fault.Kind == model.FaultTLS || fault.Kind == model.FaultUnauthorized ||
		fault.Kind == model.FaultCanceled
	if c.down == nil && (lost || c.inARow >= maxFaultsInARow) {
		c.down = fault
	}
}

// keep saves what came and remembers what it names.
func (c *collection) keep(ctx context.Context, ref port.Ref, f port.File) {
	parsed, err := c.dialect().Parse(ref.Role, f.Bytes)
	version := ref.Version
	if version == 0 && err == nil {
		version = parsed.Version
	}
	file, err := c.run.vault.Save(ctx, c.gun, Saving{Role: ref.Role, Version: version, Bytes: f.Bytes, Modified: f.Modified})
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		if c.vaultErr == nil {
			c.vaultErr = err
		}
		c.down = model.FaultOf(err, ref.Role)
		return
	}
	c.put(file)
	if ref.Version == 0 {
		c.current[ref.Role] = file.SHA256
	}
	if file.New {
		c.new++
	}
	if file.New && file.Differs {
		c.full = true
		c.problem(model.ProblemReplaced, ref.Role, "the server has changed version %d of %s: its bytes differ from before; both are kept", version, ref.Role)
	}
	if parsed != nil {
		c.meet(parsed)
	}
}

// dialect is that of the repositories.
func (c *collection) dialect() dialect.Dialect { return c.run.service.DialectOf(c.gun) }

// maxRoles is the most roles of one repository that are archived.
const maxRoles = 4_096

// meet remembers the roles that a file names. The caller holds c.mu.
func (c *collection) meet(f *dialect.File) {
	add := func(name model.RoleName) {
		if _, err := c.dialect().ParseRole(string(name)); err == nil && len(c.names) < maxRoles {
			c.names[name] = true
		}
	}
	if f.Role.HoldsTargets() {
		for _, spec := range f.Roles {
			add(spec.Name)
		}
	}
	for _, m := range f.Meta {
		add(m.Role)
	}
}

// problem adds one to the archive's own. The caller holds c.mu.
func (c *collection) problem(code model.ProblemCode, role model.RoleName, format string, args ...any) {
	c.problems = append(c.problems, model.Problem{Code: code, Severity: model.Failure, Role: role, Text: fmt.Sprintf(format, args...)})
}

// lacking adds a problem because of which the archive is not complete.
func (c *collection) lacking(role model.RoleName, fault *model.Fault, format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.incomplete = true
	c.problem(model.ProblemUnavailable, role, format, args...)
	c.problems[len(c.problems)-1].Fault = fault
}

// failed is the failure of the vault, if any.
func (c *collection) failed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.vaultErr
}

// changes reads the changefeed. A server that gives none lacks nothing that the
// files do not tell.
func (c *collection) changes(ctx context.Context) []port.Change {
	changes, err := c.run.service.Remote.Changes(ctx, c.gun)
	if model.KindOf(err) == model.FaultNotFound {
		return c.held.Changes
	}
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.problem(model.ProblemUnavailable, "", "the changefeed could not be read: %v", err)
		p := &c.problems[len(c.problems)-1]
		p.Severity, p.Fault = model.Notice, model.FaultOf(err, "")
		return c.held.Changes
	}
	return changes
}

// judgement gathers the problems of the archive itself, and whether it is
// complete.
func (c *collection) judgement() (problems []model.Problem, complete bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.held.Damaged {
		same := func(have VaultFile) bool { return have.SHA256 == f.SHA256 }
		switch {
		case f.Role == "":
			c.problem(model.ProblemDamaged, "", "%s was missing or changed; what the server still has of it was saved again", f.Path)
			c.problems[len(c.problems)-1].Severity = model.Warning
		case !slices.ContainsFunc(c.saved[f.Role][f.Version], same):
			c.incomplete = true
			c.problem(model.ProblemDamaged, f.Role, "%s was saved before, but is now missing or changed, and the server no longer has it", f.Path)
		}
	}
	c.rootGaps()
	model.SortProblems(c.problems)
	return c.problems, !c.incomplete
}

// rootGaps names the versions of the root that the server does not have. Other
// roles may have gaps; a client that is behind needs every root. The caller
// holds c.mu.
func (c *collection) rootGaps() {
	for _, gap := range c.absentRanges()[model.RoleRoot] {
		which := fmt.Sprintf("version %d", gap.First)
		if gap.Last > gap.First {
			which = fmt.Sprintf("versions %d to %d", gap.First, gap.Last)
		}
		c.problem(model.ProblemMissing, model.RoleRoot, "the server doesn't have %s of root, so clients that are behind cannot catch up", which)
	}
}
