"""Questions about a step: where a number comes from, and what another number would change."""
