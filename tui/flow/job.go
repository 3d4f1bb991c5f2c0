package flow

import (
	"context"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/plan"
)

// Job is what a flow comes to that changes no repository: a backup that is made,
// checked or restored, or a finding that is accepted. Do alone takes its time and is
// called in the background.
type Job interface {
	// Review says what would be done, for whoever has to accept it.
	Review() []Section
	// Ready reports whether it can be done, and says why not.
	Ready() (ok bool, why string)
	// Steps lists what Do does, in order.
	Steps() []admin.Step
	// Do does it. The report is complete also where an error is returned beside it,
	// and nil where nothing was done.
	Do(ctx context.Context, w Work) (*Report, error)
}

// Idle is a job that may turn out to have nothing to do.
type Idle interface {
	// Idle reports that what was asked for is so already.
	Idle() bool
}

// About is a job that is about one repository, which is to be looked at afterwards.
type About interface{ GUN() model.GUN }

// Work is what an inquiry or a job is given to be done with. Desk is there where
// Flow.OnDesk is set, and Backups where it is not.
type Work struct {
	Desk    Desk
	Backups Backups
	Secrets admin.Secrets
	// Watch and Stop as in admin.Execution; neither is nil for a job.
	Watch admin.Watch
	Stop  func() bool
}

// Inquiry finds something out in the background. It returns what puts that into the
// facts.
type Inquiry func(ctx context.Context, w Work) (learn func(*Facts), err error)

// Backups is what a front end needs to walk through a flow about backups: the use cases,
// of which *admin.Backups has most, and what is known of this machine. Its methods take
// their time and are called in the background only. Errors are for people.
type Backups interface {
	// Facts are what is known before the first question.
	Facts(ctx context.Context) (Facts, error)
	// Variable is the passphrase that the environment has for what is asked for, and
	// the name of its variable; nil where there is none. The caller wipes it.
	Variable(ask admin.SecretAsk) (value []byte, name string)
	// Path makes of what was typed the path of a file from the root on.
	Path(typed string) (string, error)
	// Ready says why no backup can be written to a path, Form how one is encrypted.
	Ready(path string, lock admin.BackupLock) error
	Form(path string) (admin.BackupForm, error)
	// The others are those of admin.Backups.
	Outline(ctx context.Context, want admin.BackupSelection, form admin.BackupForm) (*admin.BackupOutline, error)
	Create(ctx context.Context, r admin.BackupRequest) (*admin.BackupReport, error)
	Check(ctx context.Context, c admin.BackupCheck) (*admin.BackupReport, error)
	Compare(ctx context.Context, r admin.RestoreRequest) (*admin.Restoration, error)
	Restore(ctx context.Context, r *admin.Restoration) ([]admin.Placed, error)
	Protect(ctx context.Context, ids []model.KeyID) ([]model.PrivateKey, error)
}

// BackupFacts is what is known of the backup that a flow is about.
type BackupFacts struct {
	// Known are the files of backups that were seen here, the newest first, and Now
	// the moment when the flow began.
	Known []string
	Now   time.Time
	// Folder is the trust folder.
	Folder string
	// File is the path that was answered, from the root on, and Form how the backup
	// in it is encrypted.
	File string
	Form admin.BackupForm
	// Outline is what a new backup would hold; nil before that is known.
	Outline *admin.BackupOutline
	// Restoration is a backup compared with the trust folder; nil before. Release
	// wipes it.
	Restoration *admin.Restoration
}

// Compared takes a backup that has been compared, in place of any before.
func (b *BackupFacts) Compared(r *admin.Restoration) {
	if b.Restoration != nil {
		b.Restoration.Wipe()
	}
	b.Restoration = r
}

// Release wipes what the flow holds that could be secret. The machine is of no use
// after that but for what it says.
func (m *Machine) Release() { m.facts.Backup.Compared(nil) }

// Inquiry is what must be found out now, for the effect Inquire; nil where nothing is.
func (m *Machine) Inquiry() Inquiry { return m.inquiry }

// Inquired brings what was found out.
func (m *Machine) Inquired(learn func(*Facts), err error) Effect {
	if m.inquiry == nil {
		return None
	}
	m.inquiry = nil
	surveyed := m.state == Preparing
	switch {
	case err != nil && surveyed:
		m.at, m.state, m.problem = m.last(), Asking, err
		return None
	case err != nil:
		m.problem = err
		return None
	}
	learn(&m.facts)
	if surveyed {
		return m.reviewJob()
	}
	return m.forward()
}

// prepareJob finds out what a job must know.
func (m *Machine) prepareJob() Effect {
	m.state, m.problem = Preparing, nil
	if m.flow.Survey == nil {
		return m.reviewJob()
	}
	m.inquiry = m.flow.Survey(m.facts, m.answers)
	return Inquire
}

// reviewJob has the job reviewed, or begins it.
func (m *Machine) reviewJob() Effect {
	m.job = m.flow.Job(m.facts, m.answers)
	if m.flow.AtOnce {
		return m.execute()
	}
	m.state = Reviewing
	return None
}

// Job is what the flow came to where that is no plan; nil before, and elsewhere.
func (m *Machine) Job() Job { return m.job }

// Repeatable reports whether Again has something to begin with. A job that was done in
// part is begun anew.
func (m *Machine) Repeatable() bool {
	if m.job == nil {
		return m.asked != nil
	}
	return m.facts.Backup.Restoration == nil && len(m.Report().Done) == 0
}

// Review says what would be done, for whoever has to accept it.
func (m *Machine) Review() []Section {
	if m.job != nil {
		return m.job.Review()
	}
	return Review(m.plan)
}

// Idle reports whether what was asked for is so already, and there is nothing to accept.
func (m *Machine) Idle() bool {
	if m.plan != nil {
		return m.plan.Verdict().State == plan.Nothing
	}
	job, ok := m.job.(Idle)
	return ok && job.Idle()
}

// Finished brings what became of the job.
func (m *Machine) Finished(report *Report, err error) {
	if m.state != Executing {
		return
	}
	m.report, m.problem = report, err
	switch {
	case err == nil:
		m.state = Done
	case model.KindOf(err) == model.FaultCanceled:
		m.state = Stopped
	default:
		m.state = Failed
	}
}
