// Package views shows: templ components that are given values and never fetch.
//
// Here belong the frame, the components every page is made of, the pages themselves, the texts
// in three languages and how times and numbers read. Not here: who may do what (domain decides,
// web asks), SQL, HTTP, the clock (it comes with the Locale in the context).
package views
