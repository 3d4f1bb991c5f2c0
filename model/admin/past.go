package admin

import (
	"context"

	"golang.org/x/sync/errgroup"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
)

// A past is a version of a role as it was read.
type past struct {
	ref   port.Ref
	file  port.File
	meta  *dialect.File
	err   error
	fault *model.Fault
}

// readPast reads versions of a role into a list, from the newest one on downwards.
func (d *Service) readPast(ctx context.Context, group *errgroup.Group, gun model.GUN, role model.RoleName, newest int64, into []past) {
	for i := range into {
		group.Go(func() error {
			into[i] = d.readOne(ctx, gun, port.Ref{Role: role, Version: newest - int64(i), Limit: d.DialectOf(gun).Limit(role)})
			return nil
		})
	}
}

// readOne reads one file.
func (d *Service) readOne(ctx context.Context, gun model.GUN, ref port.Ref) past {
	file, err := d.Remote.Read(ctx, gun, ref)
	p := past{ref: ref, file: file, fault: model.FaultOf(err, ref.Role)}
	if err == nil {
		p.meta, p.err = d.DialectOf(gun).Parse(ref.Role, file.Bytes)
	}
	return p
}

// readable reports whether the file is one of the version that was asked for.
func (p *past) readable() bool {
	return p.meta != nil && (p.ref.Version == 0 || p.meta.Version == p.ref.Version)
}

// absent reports whether the place doesn't keep the version.
func (p *past) absent() bool { return p.fault != nil && p.fault.Kind == model.FaultNotFound }

// problem says why the file can't be used; nil where it can, and where it is not there.
func (p *past) problem() *model.Problem {
	fail := func(code model.ProblemCode, text string) *model.Problem {
		return &model.Problem{Code: code, Severity: model.Failure, Role: p.ref.Role, Text: text, Fault: p.fault}
	}
	switch {
	case p.absent():
		return nil
	case p.fault != nil:
		return fail(model.ProblemUnavailable, p.fault.Error())
	case p.err != nil:
		return fail(model.ProblemMalformed, p.err.Error())
	case !p.readable():
		return fail(model.ProblemRollback, "the file states a different version")
	default:
		return nil
	}
}
