package server

// Use lets the server make spans by a provider, as the environment does outside of tests.
var Use = use
