package screen

import (
	"cmp"
	"context"
	"encoding/hex"
	"maps"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/sync/errgroup"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/model/port"
	"trustdeck/model/watch"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
)

// watching is the part of a board that notices what others change.
type watching struct {
	watcher *watch.Watcher
	// slots are those on which each place is asked, asked what is under way on them.
	slots map[string]*task.Slot
	asked map[string][]watch.Ask
	// places are where the repositories are, faults why a lost place does not answer.
	places map[model.GUN]string
	known  map[string]bool
	faults map[string]*model.Fault
	// hinted are the repositories that may have changed, with the timestamp that they are
	// said to have; reading are those that are being read for that.
	hinted  map[model.GUN]watch.Hint
	reading map[model.GUN]bool
	reread  *task.Slot
	// put is when something was read last.
	put time.Time
}

// told is what a place has answered.
type told struct {
	ask    watch.Ask
	answer watch.Answer
}

// unsaid is the timestamp of a repository that is read again whatever it has.
const unsaid = "?"

func newWatching(tasks *task.Pool) watching {
	return watching{
		watcher: watch.New(0), slots: map[string]*task.Slot{}, asked: map[string][]watch.Ask{},
		places: map[model.GUN]string{}, known: map[string]bool{}, faults: map[string]*model.Fault{},
		hinted: map[model.GUN]watch.Hint{}, reading: map[model.GUN]bool{},
		reread: tasks.Slot("reading changes"),
	}
}

// Watch asks once in an interval whether anything has changed, each time that Tick is called
// after it; 0 never asks.
func (b *Board) Watch(every time.Duration) {
	w := &b.watch
	if every > 0 {
		w.watcher.Add(b.source.Place(""), "", false)
		for gun, v := range b.views {
			w.watcher.Add(b.placeOf(gun), gun, v.Repository != nil)
		}
	}
	w.watcher.SetInterval(every)
}

// Watching reports whether changes are noticed.
func (b *Board) Watching() bool { return b.watch.watcher.Interval() > 0 }

// Young reports whether something was read within the last minute, so that its age is told in
// seconds.
func (b *Board) Young() bool {
	return !b.watch.put.IsZero() && b.now().Sub(b.watch.put) < time.Minute
}

// Tick asks what is due now, for the repositories that are on the screen, and reads what is
// said to have changed. It is called once in a second, and not while a change is made here.
func (b *Board) Tick(shown []model.GUN) tea.Cmd {
	if !b.Watching() {
		return nil
	}
	var rows []watch.Row
	if !b.Surveying() {
		rows = b.watchRows(shown)
	}
	asks := b.watch.watcher.Next(b.now(), rows)
	of := map[string][]watch.Ask{}
	for _, a := range asks {
		of[a.Place] = append(of[a.Place], a)
	}
	var cmds []tea.Cmd
	for _, place := range slices.Sorted(maps.Keys(of)) {
		cmds = append(cmds, b.ask(place, of[place]))
	}
	return tea.Batch(append(cmds, b.ReadHinted())...)
}

// watchRows are the repositories of the screen that have been read.
func (b *Board) watchRows(shown []model.GUN) []watch.Row {
	var rows []watch.Row
	for _, gun := range shown {
		v, known := b.views[gun]
		if !known || b.Loading(gun) || b.Opening(gun) {
			continue
		}
		row := watch.Row{GUN: gun, Place: b.placeOf(gun), Stamp: stampOf(v)}
		if v.Repository != nil && !v.Stale {
			row.Read = v.Repository.Source.Read
		}
		rows = append(rows, row)
	}
	return rows
}

// stampOf is the SHA-256 of the timestamp of a repository; empty where there is none.
func stampOf(v admin.Look) string {
	if v.Repository == nil {
		return ""
	}
	role := v.Repository.Role(model.RoleTimestamp)
	if role == nil || role.SHA256 == [32]byte{} {
		return ""
	}
	return hex.EncodeToString(role.SHA256[:])
}

// placeOf is where a repository is read from.
func (b *Board) placeOf(gun model.GUN) string {
	place, ok := b.watch.places[gun]
	if !ok {
		place = b.source.Place(gun)
		b.watch.places[gun], b.watch.known[place] = place, true
	}
	return place
}

// ask asks one place.
func (b *Board) ask(place string, asks []watch.Ask) tea.Cmd {
	slot := b.watch.slots[place]
	if slot == nil {
		slot = b.tasks.Slot("watching " + place).Unlisted()
		b.watch.slots[place] = slot
	}
	b.watch.asked[place] = asks
	source := b.source
	return task.Run(slot, func(ctx context.Context) ([]told, error) {
		out := make([]told, len(asks))
		var group errgroup.Group
		for i, a := range asks {
			group.Go(func() error {
				out[i] = told{a, source.Watched(ctx, a)}
				return nil
			})
		}
		return out, group.Wait()
	})
}

// takeTold takes what a place has answered. Where that is nothing new, nobody need lay anything
// out again.
func (b *Board) takeTold(msg task.DoneMsg[[]told]) (*BoardMsg, tea.Cmd) {
	for place, slot := range b.watch.slots {
		if !slot.Finish(msg.ID) {
			continue
		}
		if msg.Err != nil {
			msg.Value = unanswered(b.watch.asked[place], msg.Err)
		}
		var out BoardMsg
		said, again := false, false
		for _, t := range msg.Value {
			news, list := b.take(place, t)
			if news.Lost || news.Found {
				out.Changed = b.at(place)
			}
			said = said || news.Lost || news.Found || news.All || len(news.Hints) > 0
			again = again || list
		}
		if !said {
			return nil, nil
		}
		b.count()
		if again && !b.Surveying() {
			return &out, b.Resurvey()
		}
		return &out, nil
	}
	return nil, nil
}

// unanswered are asks that were cut off.
func unanswered(asks []watch.Ask, err error) []told {
	out := make([]told, len(asks))
	for i, a := range asks {
		out[i] = told{a, watch.Answer{Fault: &model.Fault{Kind: model.FaultCanceled, Err: err}}}
	}
	return out
}

// take takes one answer; list says that the repositories must be listed again.
func (b *Board) take(place string, t told) (news watch.News, list bool) {
	news = b.watch.watcher.Take(b.now(), t.ask, t.answer)
	if t.answer.Fault != nil {
		b.watch.faults[place] = t.answer.Fault
	}
	for _, h := range news.Hints {
		b.watch.hinted[h.GUN] = h
	}
	if news.All || news.Found {
		list = b.doubt(place, news.All)
	}
	return news, list
}

// at are the repositories of a place.
func (b *Board) at(place string) []model.GUN {
	var out []model.GUN
	for _, gun := range b.names {
		if b.placeOf(gun) == place {
			out = append(out, gun)
		}
	}
	return out
}

// doubt has the repositories of a place read again: all of them, or those that could not be
// read. It reports whether they must be listed again, too.
func (b *Board) doubt(place string, all bool) (list bool) {
	if !b.surveyed.IsZero() && (all || retryable(b.surveyErr)) {
		return true
	}
	for _, gun := range b.at(place) {
		if v := b.views[gun]; all || v.Stale || v.Fault != nil && v.Fault.Retryable() {
			b.watch.hinted[gun] = watch.Hint{GUN: gun, Stamp: unsaid}
		}
	}
	return false
}

func retryable(err error) bool {
	kind := model.KindOf(err)
	return kind == model.FaultUnreachable || kind == model.FaultServer
}

// ReadHinted reads the repositories that are said to have changed, unless what is known of them
// says the same. While all are read anyway, that is waited for. Like Tick it is not called
// while a change is made here.
func (b *Board) ReadHinted() tea.Cmd {
	w := &b.watch
	if b.Surveying() || w.reread.Active() || len(w.hinted) == 0 {
		return nil
	}
	var listed []port.Listed
	for _, gun := range slices.Sorted(maps.Keys(w.hinted)) {
		if !b.covers(w.hinted[gun]) {
			listed = append(listed, port.Listed{GUN: gun})
			w.reading[gun] = true
		}
	}
	clear(w.hinted)
	if len(listed) == 0 {
		return nil
	}
	source := b.source
	return task.Stream(w.reread, func(ctx context.Context, report func(admin.Look)) error {
		return rereadWork(ctx, source, listed, report)
	})
}

// covers reports whether a hint tells nothing new. A repository that is not known is of
// interest where all are listed, unless it is one that was deleted.
func (b *Board) covers(h watch.Hint) bool {
	v, known := b.views[h.GUN]
	switch {
	case !known:
		return b.surveyed.IsZero() || h.Stamp == ""
	case h.Stamp == unsaid:
		return false
	case v.Fault != nil:
		return v.Fault.Kind == model.FaultNotFound && h.Stamp == ""
	default:
		return !v.Stale && stampOf(v) == h.Stamp
	}
}

// Checked is when what is shown of a repository was read, or was last found to be what there
// is; byCheck says that it was not read then. It is zero where nothing is shown.
func (b *Board) Checked(gun model.GUN) (at time.Time, byCheck bool) {
	v, _ := b.View(gun)
	if v.Repository == nil {
		return time.Time{}, false
	}
	at = v.Repository.Source.Read
	if _, hinted := b.watch.hinted[gun]; hinted || b.watch.reading[gun] || v.Stale {
		return at, false
	}
	if checked := b.watch.watcher.Checked(b.placeOf(gun), gun); checked.After(at) {
		return checked, true
	}
	return at, false
}

// Age says how old what is shown of a repository is, to the second: when it was read, or last
// found to be what there is. It is empty where nothing is shown.
func (b *Board) Age(gun model.GUN) string {
	switch at, byCheck := b.Checked(gun); {
	case at.IsZero():
		return ""
	case byCheck:
		return "checked " + text.Relative(at, b.now())
	default:
		return "read " + text.Relative(at, b.now())
	}
}

// CheckedAll is Checked for that one of several repositories, of those that are current, for
// which it is longest ago.
func (b *Board) CheckedAll(guns []model.GUN) (oldest time.Time, byCheck bool) {
	for _, gun := range guns {
		if v, _ := b.View(gun); v.Repository == nil || v.Stale {
			continue
		}
		if at, found := b.Checked(gun); oldest.IsZero() || at.Before(oldest) {
			oldest, byCheck = at, found
		}
	}
	return oldest, byCheck
}

// Outages are the places that do not answer; alone says that no other place is known.
func (b *Board) Outages() (outages []watch.Outage, alone bool) {
	return b.watch.watcher.Outages(), len(b.watch.known) <= 1
}

// present is a view as it is shown: what a place has that does not answer is not current.
func (b *Board) present(v admin.Look) admin.Look {
	if v.Repository == nil || v.Stale {
		return v
	}
	place := b.placeOf(v.GUN)
	if _, lost := b.watch.watcher.Outage(place); lost {
		v.Stale, v.Fault = true, cmp.Or(v.Fault, b.watch.faults[place])
		v.Assessment.Level = min(v.Assessment.Level, health.Stale)
	}
	return v
}

// watchView takes note of what has been read.
func (b *Board) watchView(v admin.Look) {
	place := b.placeOf(v.GUN)
	b.watch.put = b.now()
	b.watch.watcher.Add(place, v.GUN, v.Repository != nil && !v.Stale)
	if v.Fault != nil && v.Fault.Retryable() {
		b.watch.watcher.Suspect(b.now(), place)
	}
}
