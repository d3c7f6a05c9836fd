/** What the log says is to be served, and how this gateway stands to it. */
@NullMarked
package dev.tuneline.gateway.deployments;

import org.jspecify.annotations.NullMarked;
