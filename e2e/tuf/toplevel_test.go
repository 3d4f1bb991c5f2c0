package tuf

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/tuf/tuftest"
)

const day = 24 * time.Hour

var topLevel = []model.RoleName{"root", "timestamp", "snapshot", "targets"}

// all publishes the next version of every top-level role.
func (x *trial) all() { x.publish("root", "targets", "snapshot", "timestamp") }

func wrongHash() tuftest.Object {
	return tuftest.Object{"sha256": hex.EncodeToString(make([]byte, sha256.Size))}
}

// begun is a client that has refreshed once.
func begun(x *trial) {
	x.init()
	x.refresh(0)
}

func TestTopLevel(t *testing.T) {
	t.Parallel()
	playAll(t, []row{
		{"basic_refresh_requests", func(x *trial) {
			begun(x)
			x.asked("2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json")
		}},
		{"basic_refresh_trusted_data", func(x *trial) {
			begun(x)
			x.keepsCurrent(topLevel...)
			x.trusts("root 1", "snapshot 1", "targets 1", "timestamp 1")
		}},
		{"implicit_refresh", func(x *trial) {
			x.init()
			x.download(1, "nonexistent artifact")
			x.asked("2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json")
			x.keepsCurrent(topLevel...)
		}},
		{"invalid_initial_root", func(x *trial) {
			delete(x.Signed["root"], "version")
			x.trust(x.Sign(x.Signed["root"], x.Signers["root"]...))
			x.refresh(1)
			x.asked()
		}},
		{"unsigned_initial_root", func(x *trial) {
			x.trust(x.Sign(x.Signed["root"], tuftest.P256().As(x.Signers["root"][0].ID)))
			x.refresh(1)
			x.asked()
		}},
		{"unsigned_metadata[root]", unsigned("root", "root 1")},
		{"unsigned_metadata[timestamp]", unsigned("timestamp", "root 2")},
		{"unsigned_metadata[snapshot]", unsigned("snapshot", "root 2", "timestamp 2")},
		{"unsigned_metadata[targets]", unsigned("targets", "root 2", "snapshot 2", "timestamp 2")},
		{"url_and_metadata_version_mismatch[root]", otherVersion("root", "root 1")},
		{"url_and_metadata_version_mismatch[snapshot]", otherVersion("snapshot", "root 2", "timestamp 2")},
		{"url_and_metadata_version_mismatch[targets]", otherVersion("targets", "root 2", "snapshot 2", "timestamp 2")},
		{"timestamp_content_changes", func(x *trial) {
			begun(x)
			first := x.Wire["timestamp.json"]
			x.meta("timestamp", "snapshot")["version"] = 100
			x.Put("timestamp", x.Sign(x.Signed["timestamp"], x.Signers["timestamp"]...))
			x.refresh(0)
			x.asksLast("timestamp.json")
			x.keeps("timestamp", first)
		}},
		{"basic_metadata_hash_support", func(x *trial) {
			x.Plain = false
			x.Publish("targets")
			begun(x)
		}},
		{"targets_hash_mismatch", func(x *trial) {
			x.Plain = false
			x.Publish("targets")
			begun(x)
			x.publish("targets")
			x.meta("snapshot", "targets")["hashes"] = wrongHash()
			x.publish("snapshot", "timestamp")
			x.refresh(1)
			x.trusts("root 1", "snapshot 3", "targets 2", "timestamp 3")
		}},
		{"snapshot_hash_mismatch", func(x *trial) {
			x.Plain = false
			x.publish("snapshot", "timestamp")
			begun(x)
			x.publish("snapshot")
			x.meta("timestamp", "snapshot")["hashes"] = wrongHash()
			x.publish("timestamp")
			x.refresh(1)
			x.trusts("root 1", "snapshot 2", "targets 1", "timestamp 3")
		}},
		{"metadata_bytes_match", func(x *trial) {
			x.Wire["timestamp.json"] = append(x.Wire["timestamp.json"], ' ')
			begun(x)
			x.keepsCurrent("timestamp")
		}},
		{"custom_fields", func(x *trial) {
			begun(x)
			x.Signed["root"]["custom-field"] = "value"
			x.SetRole("root", tuftest.Quorum{Threshold: 1, Keys: append(x.Signers["root"], tuftest.P256().With(tuftest.Object{"extra-field": tuftest.Object{"a": 1, "b": 2}}))})
			x.Signed["root"]["roles"].(tuftest.Object)["root"].(tuftest.Object)["another-field"] = "value"
			x.publish("root")
			x.refresh(0)
			x.keepsCurrent("root")
		}},
		{"deprecated_keyid_hash_algorithms", func(x *trial) {
			x.init()
			x.SetRole("snapshot", tuftest.By(tuftest.P256().With(tuftest.Object{"keyid_hash_algorithms": "md5"})))
			x.publish("root", "snapshot", "timestamp")
			x.refresh(0)
			x.trusts("root 2", "snapshot 2", "targets 1", "timestamp 2")
		}},
		{"snapshot_404", func(x *trial) {
			begun(x)
			x.meta("timestamp", "snapshot")["version"] = 2
			x.publish("timestamp")
			x.refresh(1)
			x.asksLast("2.snapshot.json")
			x.trusts("root 1", "snapshot 1", "targets 1", "timestamp 2")
		}},
		{"targets_404", func(x *trial) {
			begun(x)
			x.meta("snapshot", "targets")["version"] = 2
			x.publish("snapshot", "timestamp")
			x.refresh(1)
			x.asksLast("2.targets.json")
			x.trusts("root 1", "snapshot 2", "targets 1", "timestamp 2")
		}},
		{"timestamp_404", func(x *trial) {
			begun(x)
			delete(x.Wire, "timestamp.json")
			x.refresh(1)
			x.asksLast("timestamp.json")
		}},
		{"incorrect_metadata_type", func(x *trial) {
			x.init()
			x.SetRole("snapshot", tuftest.Quorum{Threshold: 1, Keys: append(x.Signers["snapshot"], x.Signers["timestamp"]...)})
			x.Signed["snapshot"]["meta"] = tuftest.Object{"snapshot.json": tuftest.Object{"version": 1}}
			x.publish("root", "snapshot")
			x.Wire["timestamp.json"] = x.Wire["2.snapshot.json"]
			x.refresh(1)
			x.trusts("root 2")
		}},
		{"faketime", func(x *trial) {
			x.init()
			x.expire("root", tuftest.At.Add(7*day))
			x.publish("root")
			x.refresh(0)
			x.clock(tuftest.At.Add(8 * day))
			x.refresh(1)
		}},
	})
}

// unsigned lacks the signature of one role.
func unsigned(role model.RoleName, trusted ...string) func(*trial) {
	return func(x *trial) {
		x.Signers[role] = nil
		x.all()
		x.init()
		x.refresh(1)
		x.trusts(trusted...)
	}
}

// otherVersion has one role state version 3 where its name says 2.
func otherVersion(role model.RoleName, trusted ...string) func(*trial) {
	return func(x *trial) {
		x.Signed[role]["version"] = 2
		x.all()
		if role != "root" {
			listing := model.RoleName("snapshot")
			if role == "snapshot" {
				listing = "timestamp"
			}
			x.meta(listing, role)["version"] = 2
			for _, again := range []model.RoleName{"snapshot", "timestamp"} {
				if again != role {
					x.Signed[again]["version"] = 1
					x.publish(again)
				}
			}
		}
		x.Wire["2."+string(role)+".json"] = x.Wire["3."+string(role)+".json"]
		delete(x.Wire, "3."+string(role)+".json")
		x.init()
		x.refresh(1)
		x.trusts(trusted...)
	}
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	past := tuftest.At.Add(-5 * day)
	playAll(t, []row{
		{"root_expired", func(x *trial) {
			begun(x)
			x.publish("root")
			x.refresh(0)
			x.expire("root", past)
			x.all()
			x.refresh(1)
			x.trusts("root 3", "snapshot 1", "targets 1", "timestamp 1")
		}},
		{"timestamp_expired", func(x *trial) {
			begun(x)
			x.expire("timestamp", past)
			x.publish("timestamp")
			x.refresh(1)
			x.trusts("root 1", "snapshot 1", "targets 1", "timestamp 1")
		}},
		{"snapshot_expired", func(x *trial) {
			begun(x)
			x.expire("snapshot", past)
			x.publish("snapshot", "timestamp")
			x.refresh(1)
			x.trusts("root 1", "snapshot 1", "targets 1", "timestamp 2")
		}},
		{"targets_expired", func(x *trial) {
			begun(x)
			x.expire("targets", past)
			x.Publish("targets")
			x.refresh(1)
			x.trusts("root 1", "snapshot 2", "targets 1", "timestamp 2")
		}},
		{"expired_local_root", func(x *trial) {
			x.init()
			x.expire("snapshot", tuftest.At.Add(30*day))
			x.expire("timestamp", tuftest.At.Add(30*day))
			x.expire("root", tuftest.At.Add(7*day))
			x.publish("root", "snapshot", "timestamp")
			x.refresh(0)
			x.expire("root", tuftest.At.Add(21*day))
			x.publish("root")
			x.clock(tuftest.At.Add(18 * day))
			x.refresh(0)
			x.trusts("root 3", "snapshot 2", "targets 1", "timestamp 2")
		}},
		{"expired_local_timestamp", func(x *trial) {
			x.init()
			x.expire("snapshot", tuftest.At.Add(30*day))
			x.expire("timestamp", tuftest.At.Add(7*day))
			x.publish("snapshot", "timestamp")
			x.refresh(0)
			x.expire("timestamp", tuftest.At.Add(21*day))
			x.Publish("targets")
			x.clock(tuftest.At.Add(18 * day))
			x.refresh(0)
			x.trusts("root 1", "snapshot 3", "targets 2", "timestamp 3")
		}},
	})
}

func TestRollback(t *testing.T) {
	t.Parallel()
	var rows []row
	rows = append(rows, row{"new_timestamp_version_rollback", func(x *trial) {
		x.init()
		x.publish("timestamp")
		x.refresh(0)
		x.restart("timestamp")
		x.publish("timestamp")
		x.refresh(1)
		x.asksLast("timestamp.json")
		x.trusts("root 1", "snapshot 1", "targets 1", "timestamp 2")
	}})
	for name, plain := range map[string]bool{"basic": true, "with hashes": false} {
		rows = append(rows, row{"snapshot_rollback[" + name + "]", func(x *trial) {
			x.init()
			x.Plain = plain
			x.publish("snapshot", "timestamp")
			x.refresh(0)
			x.restart("snapshot")
			x.publish("snapshot", "timestamp")
			x.refresh(1)
			x.asksLast("timestamp.json")
			x.trusts("root 1", "snapshot 2", "targets 1", "timestamp 2")
		}}, row{"targets_rollback[" + name + "]", func(x *trial) {
			x.init()
			x.Plain = plain
			x.Publish("targets")
			x.refresh(0)
			x.restart("targets")
			x.Publish("targets")
			x.refresh(1)
			x.trusts("root 1", "snapshot 2", "targets 2", "timestamp 3")
		}})
	}
	rows = append(rows, row{"targets_role_removal", func(x *trial) {
		x.init()
		x.Delegate("targets", "delegated", tuftest.By(tuftest.P256()), tuftest.Object{"paths": []string{"delegatedpath/*"}})
		x.Publish("delegated", "targets")
		x.refresh(0)
		delete(x.Signed["snapshot"]["meta"].(tuftest.Object), "delegated.json")
		x.Publish()
		x.refresh(1)
		x.trusts("root 1", "snapshot 2", "targets 2", "timestamp 3")
	}}, row{"targets_fast_forward_recovery", func(x *trial) {
		x.init()
		x.Delegate("targets", "delegated", tuftest.By(tuftest.P256()), tuftest.Object{"paths": []string{"delegatedpath/*"}})
		x.Signed["targets"]["version"] = 99
		x.Publish("delegated", "targets")
		x.refresh(0)
		x.trusts("root 1", "snapshot 2", "targets 100", "timestamp 2")
		x.SetRole("snapshot", tuftest.By(tuftest.P256()))
		x.restart("targets")
		delete(x.Signed["snapshot"]["meta"].(tuftest.Object), "delegated.json")
		x.Publish("root", "targets")
		x.refresh(0)
		x.trusts("root 2", "snapshot 3", "targets 1", "timestamp 3")
	}}, row{"new_snapshot_fast_forward_recovery", func(x *trial) {
		x.init()
		x.Signed["snapshot"]["version"] = 99
		x.publish("snapshot", "timestamp")
		x.refresh(0)
		x.trusts("root 1", "snapshot 100", "targets 1", "timestamp 2")
		x.SetRole("snapshot", tuftest.By(tuftest.P256()))
		x.SetRole("timestamp", tuftest.By(tuftest.P256()))
		x.restart("snapshot")
		x.Publish("root", "targets")
		x.refresh(0)
		x.trusts("root 2", "snapshot 1", "targets 2", "timestamp 3")
	}}, row{"new_timestamp_fast_forward_recovery", func(x *trial) {
		x.init()
		x.Signed["timestamp"]["version"] = 99
		x.publish("timestamp")
		x.refresh(0)
		x.trusts("root 1", "snapshot 1", "targets 1", "timestamp 100")
		x.SetRole("timestamp", tuftest.By(tuftest.P256()))
		x.restart("timestamp")
		x.publish("root", "timestamp")
		x.refresh(0)
		x.trusts("root 2", "snapshot 1", "targets 1", "timestamp 1")
	}})
	playAll(t, rows)
}

// duplicateSignatures repeats the first signature of a file.
func duplicateSignatures(x *trial, role model.RoleName, times int) {
	x.Helper()
	var file struct {
		Signed     json.RawMessage   `json:"signed"`
		Signatures []json.RawMessage `json:"signatures"`
	}
	name := string(role) + ".json"
	if err := json.Unmarshal(x.Wire[name], &file); err != nil {
		x.Fatal(err)
	}
	for range times {
		file.Signatures = append(file.Signatures, file.Signatures[0])
	}
	raw, err := json.Marshal(file)
	if err != nil {
		x.Fatal(err)
	}
	x.Put(role, raw)
}
