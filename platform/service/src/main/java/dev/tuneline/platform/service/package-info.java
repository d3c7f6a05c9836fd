/** What every service process shares: launcher, settings, edges' error answers, health. */
@NullMarked
package dev.tuneline.platform.service;

import org.jspecify.annotations.NullMarked;
