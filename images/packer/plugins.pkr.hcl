# `packer init images/packer` installs the plugin. Packer 1.6 and older have a built-in builder and reject this block: pass only
# thpc-node.pkr.hcl to them.
packer {
  required_plugins {
    tencentcloud = {
      version = "~> 1"
      source  = "github.com/hashicorp/tencentcloud"
    }
  }
}
