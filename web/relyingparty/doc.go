// Package relyingparty verifies qualified electronic signatures for any Go site.
package relyingparty
