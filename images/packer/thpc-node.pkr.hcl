# An image for THPC nodes on Tencent Cloud: a public image with the role's packages, the agent and its units, sealed and
# checked. Credentials come from TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY (and TENCENTCLOUD_SECURITY_TOKEN), never from here.
# The steps are in install.sh and seal.sh; docs/images.md describes how to run it.

variable "region" {
  type    = string
  default = "ap-guangzhou"
}

variable "zone" {
  type    = string
  default = "ap-guangzhou-6"
}

variable "instance_type" {
  type        = string
  default     = "SA2.MEDIUM2"
  description = "Type of the machine that builds the image. Nodes may have any type of the same architecture."
}

variable "source_image_id" {
  type        = string
  description = "The public image to start from, such as img-xxxxxxxx. Its glibc must be at least the one that the agent was built for."
}

variable "image_name" {
  type        = string
  default     = ""
  description = "At most 60 letters, digits and minus signs; by default thpc, the role and the time."
}

variable "image_description" {
  type    = string
  default = "THPC node, prepared by thpc-node-agent"
}

variable "node_role" {
  type        = string
  default     = "COMPUTE"
  description = "COMPUTE or LOGIN. Managers are not made from images."
}

variable "scheduler_type" {
  type    = string
  default = "SLURM"
}

variable "account_type" {
  type    = string
  default = "NIS"
}

variable "extra_packages" {
  type        = string
  default     = ""
  description = "Additional packages, by the names of the distribution, separated by spaces."
}

variable "turbo" {
  type        = bool
  default     = false
  description = "Nodes mount CFS Turbo: the build fails without a Lustre client (from site_script) for the kernel that the image boots."
}

variable "agent_file" {
  type        = string
  default     = ""
  description = "The executable. Default: the one that publish.sh made in this repository."
}

variable "site_script" {
  type        = string
  default     = ""
  description = "Your own script, run first: repositories (EPEL has munge and slurm), a Lustre client, a proxy. Default: an empty site.sh."
}

variable "operations" {
  type        = string
  default     = "defaults,users-ssh,ssh-host-keys,machine-id,cloud-init,logs,history,tmp,dhcp,network-config,package-cache,scheduler-keys"
  description = "Value of --operations of `thpc-node-agent image prep`."
}

variable "ssh_username" {
  type        = string
  default     = "root"
  description = "SSH user of the public image: root, or a user with sudo such as ubuntu."
}

variable "vpc_id" {
  type        = string
  default     = ""
  description = "Without it Packer creates a network for the build and deletes it afterwards."
}

variable "subnet_id" {
  type    = string
  default = ""
}

variable "security_group_id" {
  type    = string
  default = ""
}

variable "associate_public_ip_address" {
  type        = bool
  default     = true
  description = "false if Packer runs inside the same network."
}

locals {
  agent_file = var.agent_file == "" ? "${path.root}/../../artifacts/linux-x64/thpc-node-agent" : var.agent_file
  image_name = var.image_name == "" ? "thpc-${lower(var.node_role)}-${formatdate("YYYYMMDD-hhmmss", timestamp())}" : var.image_name
  as_root    = "chmod +x {{ .Path }}; ${var.ssh_username == "root" ? "" : "sudo "}env {{ .Vars }} {{ .Path }}"
  node = [
    "THPC_NODE_ROLE=${var.node_role}",
    "THPC_SCHEDULER_TYPE=${var.scheduler_type}",
    "THPC_ACCOUNT_TYPE=${var.account_type}",
    "THPC_EXTRA_PACKAGES=${var.extra_packages}",
    "THPC_TURBO=${var.turbo}",
    "THPC_OPERATIONS=${var.operations}",
  ]
}

source "tencentcloud-cvm" "node" {
  region                      = var.region
  zone                        = var.zone
  instance_type               = var.instance_type
  source_image_id             = var.source_image_id
  image_name                  = local.image_name
  image_description           = var.image_description
  vpc_id                      = var.vpc_id
  subnet_id                   = var.subnet_id
  security_group_id           = var.security_group_id
  associate_public_ip_address = var.associate_public_ip_address
  internet_max_bandwidth_out  = 10
  ssh_username                = var.ssh_username
}

build {
  sources = ["source.tencentcloud-cvm.node"]

  provisioner "shell" {
    inline = ["mkdir -p /tmp/thpc-image/systemd"]
  }

  provisioner "file" {
    source      = local.agent_file
    destination = "/tmp/thpc-image/thpc-node-agent"
  }

  provisioner "file" {
    source      = "${path.root}/../systemd/"
    destination = "/tmp/thpc-image/systemd"
  }

  provisioner "shell" {
    script           = var.site_script == "" ? "${path.root}/site.sh" : var.site_script
    execute_command  = local.as_root
    environment_vars = local.node
  }

  provisioner "shell" {
    script           = "${path.root}/install.sh"
    execute_command  = local.as_root
    environment_vars = local.node
  }

  # The last step: afterwards no SSH key gives access, and the script has deleted itself.
  provisioner "shell" {
    script           = "${path.root}/seal.sh"
    execute_command  = local.as_root
    environment_vars = local.node
    skip_clean       = true
  }
}
