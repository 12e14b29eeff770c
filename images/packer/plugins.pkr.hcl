# `packer init images/packer` fetches it. Packer 1.6 and older have the builder built in and do not know this block: give them
# thpc-node.pkr.hcl alone.
packer {
  required_plugins {
    tencentcloud = {
      version = "~> 1"
      source  = "github.com/hashicorp/tencentcloud"
    }
  }
}
