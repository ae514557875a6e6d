package extend

// OpenPAdES is for tests of single steps.
var OpenPAdES = openPAdES
