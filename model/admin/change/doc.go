// Package change is how repositories are changed: Service.Prepare says what changes would
// do, Service.Execute does it and proves it, Service.Interrupted explains a run that was cut
// off, Service.Finish ends it, and Service.Retire removes keys that nothing needs.
package change
