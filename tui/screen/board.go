package screen

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/quorum"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
)

// Board holds the newest view of each repository, and asks the source for more.
// It belongs to Update: one Board serves all screens of a program, so that a
// screen shows at once what another has read. Every change is announced to the
// screens by a BoardMsg.
type Board struct {
	// DialectOf and Holders are as in Env. They are set before use.
	DialectOf dialect.Of
	Holders   quorum.Known

	source Source
	tasks  *task.Pool
	now    func() time.Time

	views map[model.GUN]admin.Look
	// names are the keys of views, sorted.
	names []model.GUN
	// loading and action are what Count returns.
	loading, action int

	survey    *task.Slot
	surveyed  time.Time
	surveyErr error

	opens map[model.GUN]*task.Slot

	keys    *task.Slot
	keysAsk bool
	local   []admin.KeyUse
	// held are the places in local, by each of the IDs.
	held     map[model.KeyID]int
	localErr error
	localOK  bool

	staging  staging
	plugging plugging
	watch    watching
	marks    marks
	// limits replace those by which the source judges; nil where they do not.
	limits *health.Options
}

// NewBoard makes an empty board.
func NewBoard(source Source, tasks *task.Pool, now func() time.Time) *Board {
	return &Board{
		source: source, tasks: tasks, now: now,
		views:  map[model.GUN]admin.Look{},
		opens:  map[model.GUN]*task.Slot{},
		survey: tasks.Slot("checking all repositories"),
		keys:   tasks.Slot("reading the private keys"),

		staging:  staging{lane: tasks.Slot("reading staged changes")},
		plugging: newPlugging(tasks),
		watch:    newWatching(tasks), marks: newMarks(),
	}
}

// View returns the newest view of a repository. A view without a Repository
// and without a Fault is a name that has not been read yet.
func (b *Board) View(gun model.GUN) (admin.Look, bool) {
	v, ok := b.views[gun]
	return b.present(v), ok
}

// Names lists the known repositories by name. The caller must not change it.
func (b *Board) Names() []model.GUN { return b.names }

// Views returns all views, by name.
func (b *Board) Views() []admin.Look {
	out := make([]admin.Look, len(b.names))
	for i, gun := range b.names {
		out[i] = b.present(b.views[gun])
	}
	return out
}

// WithTrustData names the repositories that could be read and have trust data.
func (b *Board) WithTrustData() []model.GUN {
	var out []model.GUN
	for _, v := range b.Views() {
		if v.Repository != nil {
			out = append(out, v.GUN)
		}
	}
	return out
}

// Count tells how many repositories are known, how many of them have not been
// read yet, and how many need action: broken or soon.
func (b *Board) Count() (all, loading, action int) {
	return len(b.views), b.loading, b.action
}

// count brings the numbers up to date, for they are asked for at every paint.
func (b *Board) count() {
	b.loading, b.action = 0, 0
	for _, v := range b.views {
		switch {
		case b.Loading(v.GUN):
			b.loading++
		case b.present(v).Assessment.Level <= health.Soon:
			b.action++
		}
	}
}

// Offline reports whether reading failed for want of an answer and nothing
// fresh is there.
func (b *Board) Offline() bool {
	unreachable := model.KindOf(b.surveyErr) == model.FaultUnreachable
	for _, v := range b.views {
		v = b.present(v)
		if v.Repository != nil && !v.Stale {
			return false
		}
		unreachable = unreachable || v.Fault != nil && v.Fault.Kind == model.FaultUnreachable
	}
	return unreachable
}

// LastRead is when the oldest of what is shown was read, of what is not current;
// zero where everything is.
func (b *Board) LastRead() time.Time {
	var oldest time.Time
	for _, v := range b.views {
		v = b.present(v)
		if v.Repository == nil || !v.Stale {
			continue
		}
		if read := v.Repository.Source.Read; oldest.IsZero() || read.Before(oldest) {
			oldest = read
		}
	}
	return oldest
}

// Loading reports whether a fresh answer about the repository is on its way and
// nothing is there to show meanwhile.
func (b *Board) Loading(gun model.GUN) bool {
	v := b.views[gun]
	return v.Repository == nil && v.Fault == nil
}

// Survey reads all repositories unless that has been done or is going on.
func (b *Board) Survey() tea.Cmd {
	if b.survey.Active() || !b.surveyed.IsZero() {
		return nil
	}
	return b.Resurvey()
}

// Resurvey reads all repositories again.
func (b *Board) Resurvey() tea.Cmd {
	source := b.source
	return task.Stream(b.survey, func(ctx context.Context, report func(admin.Look)) error {
		return surveyWork(ctx, source, report)
	})
}

// Surveying reports whether a survey is going on.
func (b *Board) Surveying() bool { return b.survey.Active() }

// SurveyProgress is how many repositories the survey has read, of how many.
func (b *Board) SurveyProgress() (done, total int) { return b.survey.Progress() }

// Surveyed is when the last survey ended, zero before, and why it failed.
func (b *Board) Surveyed() (time.Time, error) { return b.surveyed, b.surveyErr }

// Open reads a repository, from the cache first where nothing is known of it.
func (b *Board) Open(gun model.GUN) tea.Cmd {
	lane := b.opens[gun]
	if lane == nil {
		lane = b.tasks.Slot("reading " + string(gun)).About(string(gun))
		b.opens[gun] = lane
	}
	source, known := b.source, b.views[gun].Repository != nil
	return task.Stream(lane, func(ctx context.Context, report func(admin.Look)) error {
		return openWork(ctx, source, gun, known, report)
	})
}

// Opening reports whether the repository is being read.
func (b *Board) Opening(gun model.GUN) bool {
	lane := b.opens[gun]
	return lane != nil && lane.Active()
}

// Keys reads the private keys here, unless that is going on. Their uses are
// those in the repositories known when it began.
func (b *Board) Keys() tea.Cmd {
	if b.keys.Active() {
		b.keysAsk = true
		return nil
	}
	source, views := b.source, b.Views()
	return task.Run(b.keys, func(ctx context.Context) ([]admin.KeyUse, error) {
		keys, err := source.Keys(ctx, views)
		task.Note(ctx, text.Count(len(keys), "private key"))
		return keys, err
	})
}

// Local returns the private keys here, by ID; ok is false until they have been
// read.
func (b *Board) Local() (keys []admin.KeyUse, ok bool) { return b.local, b.localOK }

// LocalErr is why the private keys could not be read.
func (b *Board) LocalErr() error { return b.localErr }

// Holds finds the private key with this canonical ID, whichever dialect's that is.
func (b *Board) Holds(id model.KeyID) (admin.KeyUse, bool) {
	i, ok := b.held[id]
	if !ok {
		return admin.KeyUse{}, false
	}
	return b.local[i], true
}

// Update takes the answers that the board has asked for. It returns the
// announcement for the screens, nil where the message was late or is none of
// the board's, and the command that keeps the answers coming.
func (b *Board) Update(msg tea.Msg) (*BoardMsg, tea.Cmd) {
	if news, cmd, done := b.takePlugged(msg); done {
		return news, cmd
	}
	switch msg := msg.(type) {
	case task.PartsMsg[admin.Look]:
		if !b.owns(msg.ID) {
			return nil, nil
		}
		return &BoardMsg{Changed: b.put(msg.Parts...)}, msg.Next
	case task.DoneMsg[struct{}]:
		return b.finish(msg)
	case task.DoneMsg[[]admin.KeyUse]:
		if !b.keys.Finish(msg.ID) {
			return nil, nil
		}
		b.local, b.localErr, b.localOK = slices.Clone(msg.Value), msg.Err, true
		slices.SortFunc(b.local, func(x, y admin.KeyUse) int { return strings.Compare(string(x.ID), string(y.ID)) })
		b.held = map[model.KeyID]int{}
		for i := len(b.local) - 1; i >= 0; i-- {
			for _, id := range b.local[i].IDs() {
				b.held[id] = i
			}
		}
		var again tea.Cmd
		if b.keysAsk {
			b.keysAsk = false
			again = b.Keys()
		}
		return &BoardMsg{Keys: true}, again
	case task.DoneMsg[[]admin.Staged]:
		return b.takeStaged(msg)
	case task.DoneMsg[[]told]:
		return b.takeTold(msg)
	}
	return nil, nil
}

func (b *Board) owns(id task.ID) bool {
	if b.survey.Owns(id) || b.watch.reread.Owns(id) {
		return true
	}
	for _, lane := range b.opens {
		if lane.Owns(id) {
			return true
		}
	}
	return false
}

func (b *Board) finish(msg task.DoneMsg[struct{}]) (*BoardMsg, tea.Cmd) {
	if b.survey.Finish(msg.ID) {
		return b.surveyEnded(msg.Err), nil
	}
	if b.watch.reread.Finish(msg.ID) {
		clear(b.watch.reading)
		return &BoardMsg{}, nil
	}
	for gun, lane := range b.opens {
		if lane.Finish(msg.ID) {
			delete(b.opens, gun)
			delete(b.marks.own, gun)
			return b.opened(gun, msg.Err), nil
		}
	}
	return nil, nil
}

// put keeps views, and returns the repositories of those that were kept.
func (b *Board) put(views ...admin.Look) []model.GUN {
	changed := make([]model.GUN, 0, len(views))
	added := false
	for _, v := range views {
		old, known := b.views[v.GUN]
		if known && !newer(&v, old) {
			continue
		}
		if !known {
			b.names, added = append(b.names, v.GUN), true
		}
		v = b.judged(v)
		b.watchView(v)
		b.mark(known, v)
		b.views[v.GUN] = v
		delete(b.watch.reading, v.GUN)
		changed = append(changed, v.GUN)
	}
	if added {
		slices.Sort(b.names)
	}
	b.count()
	return changed
}

// newer reports whether v says more than old. Two answers cross when a
// repository is opened during a survey, and a bare name or what is cached says
// less than what has been read. Where reading failed and nothing is cached, the
// old data stays, marked as not current.
func newer(v *admin.Look, old admin.Look) bool {
	bare := v.Repository == nil && v.Fault == nil
	fresh := old.Repository != nil && !old.Stale
	switch {
	case bare:
		return false
	case !fresh:
		return true
	case v.Stale && v.Fault == nil:
		return false
	case v.Repository == nil && v.Fault.Retryable():
		v.Repository, v.Assessment, v.Stale = old.Repository, old.Assessment, true
		v.Assessment.Level = min(v.Assessment.Level, health.Stale)
		return true
	default:
		return v.Repository == nil || v.Stale || !v.Repository.Source.Read.Before(old.Repository.Source.Read)
	}
}
