"""What forges say of the repositories of projects: GitHub, GitLab, Forgejo."""
