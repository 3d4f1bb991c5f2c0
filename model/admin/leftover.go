package admin

import (
	"context"
	"fmt"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
)

// Bounds of the search for files that a server still has of delegations that were removed:
// how many roles of a repository are searched for, and up to which version.
const (
	maxLeftovers       = 64
	maxLeftoverVersion = 1 << 30
)

// Leftover finds the newest file that the server has of a delegation, whether or not the
// snapshot lists it; found is false where there is none. Clients number versions from 1
// without gaps. A server with a database shows a file that is not listed only to those who
// ask for its version; any other shows the newest by the name of the role.
func (d *Service) Leftover(ctx context.Context, gun model.GUN, role model.RoleName) (newest port.File, found bool, err error) {
	has := func(version int64) (bool, error) {
		f, err := d.Remote.Read(ctx, gun, port.Ref{Role: role, Version: version, Limit: d.DialectOf(gun).Limit(role)})
		if model.KindOf(err) == model.FaultNotFound {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if parsed, err := d.DialectOf(gun).Parse(role, f.Bytes); err != nil || parsed.Version != version {
			return false, &model.Fault{
				Kind: model.FaultBadData, Subject: string(gun), Text: fmt.Sprintf("the server's version %d of %s is a different version", version, role),
				Hint: "Ask its operator what is wrong.",
			}
		}
		newest, found = f, true
		return true, nil
	}
	if first, err := has(1); err != nil || !first {
		return newest, false, err
	}
	if f, err := d.Remote.Read(ctx, gun, port.Ref{Role: role, Limit: d.DialectOf(gun).Limit(role)}); err == nil {
		return f, true, nil
	}
	// low is there and high is not: first high is doubled, then they close in.
	low, high := int64(1), int64(2)
	for {
		there, err := has(high)
		if err != nil {
			return newest, false, err
		}
		if !there {
			break
		}
		if low, high = high, 2*high; high > maxLeftoverVersion {
			return newest, false, &model.Fault{
				Kind: model.FaultBadData, Subject: string(gun), Text: "the server claims to have every version of " + string(role),
				Hint: "Ask its operator what is wrong.",
			}
		}
	}
	for high-low > 1 {
		middle := low + (high-low)/2
		there, err := has(middle)
		switch {
		case err != nil:
			return newest, false, err
		case there:
			low = middle
		default:
			high = middle
		}
	}
	return newest, found, nil
}

// searchUnlisted hands a Load what the server still has of delegations that the snapshot
// does not list. Clients do not find such a file, and cannot sign the role.
func (d *Service) searchUnlisted(ctx context.Context, gun model.GUN, load dialect.Load) {
	if d.SourceOf(gun).Kind != model.SourceServer {
		return
	}
	roles := load.Unlisted()
	for _, role := range roles[:min(len(roles), maxLeftovers)] {
		f, found, err := d.Leftover(ctx, gun, role)
		switch {
		case err != nil:
			d.warn("verify", "whether the server has an old file of "+string(role)+" of "+string(gun)+" could not be determined: "+err.Error())
		case found:
			load.Give(dialect.Want{Role: role, Limit: d.DialectOf(gun).Limit(role)}, f.Bytes, f.Modified, nil)
		}
	}
}
