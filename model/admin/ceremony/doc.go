// Package ceremony is what people do in a ceremony, each on a machine of their own: they prepare its
// file, sign it, and bring the copies together. Only preparing and publishing need the repository;
// a machine that signs needs the file and a key.
//
// Entry points: Service; Progress, for what to do now.
package ceremony
