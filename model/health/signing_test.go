package health_test

import (
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/health"
)

// due is a repository whose metadata says who signs targets, and from when on.
func due(opens time.Duration) *model.Repository {
	r := sound()
	r.Keys = append(r.Keys, model.Key{ID: "t", Holder: "@alice"}, model.Key{ID: "u"})
	role := r.Role("targets")
	role.Keys, role.SigningOpens = []model.KeyID{"t", "u"}, now.Add(opens)
	return r
}

func TestPendingSignature(t *testing.T) {
	for name, row := range map[string]struct {
		opens  time.Duration
		remedy string
	}{
		"open":   {-24 * time.Hour, "ask @alice and the holder of key u to sign targets; signing opened on 2026-11-21"},
		"closed": {24 * time.Hour, "ask @alice and the holder of key u to sign targets; signing opens on 2026-11-23"},
	} {
		t.Run(name, func(t *testing.T) {
			r := due(row.opens)
			role := r.Role("targets")
			role.Signatures = []model.Signature{{KeyID: "t", State: model.SignaturePending}, {KeyID: "v", State: model.SignatureValid}, {KeyID: "u", State: model.SignaturePending}}
			role.Problems = []model.Problem{{Code: model.ProblemPending, Role: "targets", Text: "targets waits"}}
			for _, f := range health.Assess(r, health.DefaultOptions()).Findings {
				if f.Code == string(model.ProblemPending) {
					if f.Remedy != row.remedy {
						t.Errorf("the remedy is %q", f.Remedy)
					}
					return
				}
			}
			t.Error("not found")
		})
	}
}

func TestSigningWindow(t *testing.T) {
	for name, row := range map[string]struct {
		opens  time.Duration
		change func(*model.Role)
		remedy string
	}{
		"not open":      {time.Second, func(*model.Role) {}, ""},
		"just open":     {0, func(*model.Role) {}, "renew targets before it expires on 2029-11-21: 1 of @alice, the holder of key u"},
		"has expired":   {-time.Hour, func(r *model.Role) { r.Expired = true }, ""},
		"no file":       {-time.Hour, func(r *model.Role) { r.Version = 0 }, ""},
		"none is known": {0, func(r *model.Role) { r.SigningOpens = time.Time{} }, ""},
		"by a service":  {-time.Hour, func(r *model.Role) { r.Online = true }, "the service that signs targets has not re-signed it; ask its operator whether the service is running"},
	} {
		t.Run(name, func(t *testing.T) {
			r := due(row.opens)
			row.change(r.Role("targets"))
			remedy := ""
			for _, f := range health.Assess(r, health.DefaultOptions()).Findings {
				if f.Code == health.CodeWindow {
					remedy = f.Remedy
					if f.Severity != model.Notice || f.Role != "targets" || (f.Repair == nil) != r.Role("targets").Online {
						t.Errorf("%+v", f)
					}
				}
			}
			if remedy != row.remedy {
				t.Errorf("the remedy is %q", remedy)
			}
		})
	}
}

// Who renews what has expired depends on whether a server does so when it is asked.
func TestRenewalByAService(t *testing.T) {
	for name, row := range map[string]struct {
		renews bool
		holder string
		remedy string
	}{
		"a server that renews":  {true, "", "the server re-signs it on request; ask its operator whether the signing service is running"},
		"a service":             {false, "", "the service that signs timestamp has not re-signed it; ask its operator whether the service is running"},
		"a service with a name": {false, "robot", "the service that signs timestamp has not re-signed it; ask its operator, robot, whether the service is running"},
	} {
		t.Run(name, func(t *testing.T) {
			r := sound()
			r.Keys = append(r.Keys, model.Key{ID: "ts", Holder: row.holder, Online: true})
			role := r.Role("timestamp")
			role.Online, role.SelfRenewing, role.Expired = true, row.renews, true
			role.Problems = []model.Problem{{Code: model.ProblemExpired, Severity: model.Failure, Role: role.Name, Text: "expired"}}
			f := health.Assess(r, health.DefaultOptions()).Findings[0]
			if f.Remedy != row.remedy || f.Repair != nil {
				t.Errorf("the remedy is %q, the repair %v", f.Remedy, f.Repair)
			}
		})
	}
}

// What cannot be changed is not offered to be, but what was seen of it can be accepted.
func TestReadOnly(t *testing.T) {
	for readOnly, want := range map[bool]bool{true: false, false: true} {
		r := due(-time.Hour)
		r.ReadOnly = readOnly
		r.Role("targets").Problems = []model.Problem{{Code: model.ProblemRollback, Severity: model.Failure, Role: "targets", Text: "older"}}
		for _, f := range health.Assess(r, health.DefaultOptions()).Findings {
			if offered := f.Repair != nil; offered != (want || f.Code == string(model.ProblemRollback)) {
				t.Errorf("read only %t: %+v", readOnly, f)
			}
		}
	}
}

// A person who signs targets and a delegation with one key is no guest there.
func TestGuestIsNoPerson(t *testing.T) {
	for holder, want := range map[string]int{"": 1, "@alice": 0} {
		r := sound()
		r.Keys = append(r.Keys, model.Key{ID: "t", Holder: holder})
		r.Signers = []model.Signer{{Name: "alice", Role: "targets/alice", Keys: []model.KeyID{"a", "t"}}}
		if got := health.Assess(r, health.DefaultOptions()).Findings; len(got) != want {
			t.Errorf("held by %q: %+v", holder, got)
		}
	}
}
