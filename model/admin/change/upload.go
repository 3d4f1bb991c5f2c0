package change

import (
	"context"
	"fmt"

	"trustdeck/model"
	"trustdeck/model/port"
)

// Upload has a folder hold what is published of a repository that other programs upload, and
// returns the names of what they have yet to. It refuses a repository that clients could not
// use, and files that wait for somebody's signature. The error is a *model.Fault.
func (d *Service) Upload(ctx context.Context, gun model.GUN, dir string) ([]string, error) {
	uploader, ok := d.Publisher.(port.Uploader)
	if !ok {
		return nil, &model.Fault{Kind: model.FaultUsage, Subject: string(gun), Text: "nothing can be changed here", Hint: "Connect to the repository itself."}
	}
	look := d.Open(ctx, gun)
	if look.Fault != nil {
		return nil, look.Fault
	}
	for i := range look.Repository.Roles {
		role := &look.Repository.Roles[i]
		fault := &model.Fault{Kind: model.FaultUnusable, Subject: string(gun)}
		switch {
		case role.Ahead:
			fault.Text = fmt.Sprintf("%s %d is not published yet: the snapshot doesn't list it", role.Name, role.Version)
			fault.Hint = "Have the robot run that signs the snapshot, and try again."
		case !role.Usable() && role.State != model.RoleUnpublished:
			fault.Text, fault.Hint = "clients could not use it: "+unusable(role), "For the fix, run: trustdeck doctor "+string(gun)
		default:
			continue
		}
		return nil, fault
	}
	return uploader.Upload(ctx, gun, dir)
}
