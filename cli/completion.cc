// SPDX-License-Identifier: Apache-2.0
// Each script walks the words before the cursor to find the command, as the tool
// does, and offers its subcommands and options; then files.
#include <fmt/format.h>

#include "cli/command_tree.h"

namespace updraft {
namespace {

// The first line, as a shell's menu has room for it.
std::string Short(const std::string& description) {
  return description.substr(0, std::min(description.find('\n'), description.find(". ")));
}

// In single quotes of a POSIX shell.
std::string Quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// fish knows backslashes inside single quotes.
std::string FishQuoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string DescriptionOf(const std::vector<CommandText>& commands, const std::string& name) {
  for (const CommandText& command : commands) {
    if (command.Name() == name) return Short(command.description);
  }
  return {};
}

// The arms of a `case` from the command so far and the next word to the command.
std::string Descent(const std::vector<CommandText>& commands) {
  std::string arms;
  for (const CommandText& command : commands) {
    for (const std::string& child : command.subcommands) {
      arms += fmt::format("      {0}) at={0} ;;\n", Quoted(command.Name() + " " + child));
    }
  }
  return arms;
}

std::string ZshItem(const std::string& name, const std::string& description) {
  std::string item;
  for (const char c : name) item += c == ':' ? std::string("\\:") : std::string(1, c);
  return Quoted(item + ":" + description);
}

}  // namespace

std::string BashCompletion(const std::vector<CommandText>& commands) {
  std::string script =
      "# bash completion for updraft, made by 'updraft completion bash'\n"
      "_updraft() {\n"
      "  local at=updraft items='' i cur=${COMP_WORDS[COMP_CWORD]}\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \"$at ${COMP_WORDS[i]}\" in\n" +
      Descent(commands) +
      "    esac\n"
      "  done\n"
      "  case $at in\n";
  for (const CommandText& command : commands) {
    std::string items;
    for (const std::string& child : command.subcommands) items += child + " ";
    for (const OptionText& option : command.options) {
      if (option.positional) continue;
      for (const std::string& name : option.names) items += name + " ";
    }
    script += fmt::format("    {}) items={} ;;\n", Quoted(command.Name()), Quoted(items));
  }
  script +=
      "  esac\n"
      "  COMPREPLY=()\n"
      "  while IFS='' read -r i; do COMPREPLY+=(\"$i\"); done < <(compgen -W \"$items\" -- "
      "\"$cur\")\n"
      "  [[ $cur == -* || ${#COMPREPLY[@]} -gt 0 ]] && return\n"
      "  while IFS='' read -r i; do COMPREPLY+=(\"$i\"); done < <(compgen -f -- \"$cur\")\n"
      "}\n"
      "complete -o filenames -F _updraft updraft\n";
  return script;
}

std::string ZshCompletion(const std::vector<CommandText>& commands) {
  std::string script =
      "#compdef updraft\n"
      "# zsh completion for updraft, made by 'updraft completion zsh'\n"
      "_updraft() {\n"
      "  local at=updraft i\n"
      "  local -a items\n"
      "  for ((i = 2; i < CURRENT; i++)); do\n"
      "    case \"$at ${words[i]}\" in\n" +
      Descent(commands) +
      "    esac\n"
      "  done\n"
      "  case $at in\n";
  for (const CommandText& command : commands) {
    std::string items;
    for (const std::string& child : command.subcommands) {
      items +=
          "      " + ZshItem(child, DescriptionOf(commands, command.Name() + " " + child)) + "\n";
    }
    for (const OptionText& option : command.options) {
      if (option.positional) continue;
      for (const std::string& name : option.names) {
        items += "      " + ZshItem(name, Short(option.description)) + "\n";
      }
    }
    script += fmt::format("    {}) items=(\n{}    ) ;;\n", Quoted(command.Name()), items);
  }
  script +=
      "  esac\n"
      "  _describe -o updraft items || _files\n"
      "}\n"
      "compdef _updraft updraft\n";
  return script;
}

std::string FishCompletion(const std::vector<CommandText>& commands) {
  std::string script =
      "# fish completion for updraft, made by 'updraft completion fish'\n"
      "function __updraft_at\n"
      "  set -l at updraft\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    switch \"$at $word\"\n";
  for (const CommandText& command : commands) {
    for (const std::string& child : command.subcommands) {
      const std::string name = FishQuoted(command.Name() + " " + child);
      script += fmt::format("      case {0}\n        set at {0}\n", name);
    }
  }
  script +=
      "    end\n"
      "  end\n"
      "  test \"$at\" = \"$argv\"\n"
      "end\n";
  for (const CommandText& command : commands) {
    const std::string where =
        fmt::format("complete -c updraft -n {}", FishQuoted("__updraft_at " + command.Name()));
    for (const std::string& child : command.subcommands) {
      script += fmt::format("{} -f -a {} -d {}\n", where, child,
                            FishQuoted(DescriptionOf(commands, command.Name() + " " + child)));
    }
    for (const OptionText& option : command.options) {
      if (option.positional) continue;
      std::string names;
      for (const std::string& name : option.names) {
        names += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      script += fmt::format("{}{}{} -d {}\n", where, names, option.value.empty() ? "" : " -r",
                            FishQuoted(Short(option.description)));
    }
  }
  return script;
}

}  // namespace updraft
