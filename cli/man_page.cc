// SPDX-License-Identifier: Apache-2.0
#include "cli/command_tree.h"

namespace updraft {
namespace {

// As roff prints it: no request, no escape, hyphens that can be copied.
std::string Roff(const std::string& text) {
  std::string out;
  bool at_start = true;
  for (const char c : text) {
    if (at_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    at_start = c == '\n';
  }
  return out;
}

std::string Heading(const OptionText& option) {
  std::string line;
  for (const std::string& name : option.names) {
    if (!line.empty()) line += ", ";
    line += (option.positional ? "\\fI" : "\\fB") + Roff(name) + "\\fR";
  }
  if (!option.value.empty()) line += " \\fI" + Roff(option.value) + "\\fR";
  return line;
}

std::string Synopsis(const CommandText& command) {
  std::string line = "\\fB" + Roff(command.Name()) + "\\fR [\\fIOPTIONS\\fR]";
  for (const OptionText& option : command.options) {
    if (option.positional) {
      const std::string name = "\\fI" + Roff(option.names.front()) + "\\fR";
      line += option.required ? " " + name : " [" + name + "]";
    } else if (option.required) {
      line += " " + Heading(option);
    }
  }
  if (!command.subcommands.empty()) line += " \\fICOMMAND\\fR";
  return line + "\n";
}

std::string Options(const CommandText& command, bool positional, const char* title) {
  std::string text;
  for (const OptionText& option : command.options) {
    if (option.positional != positional) continue;
    text += ".TP\n" + Heading(option) + "\n" + Roff(option.description) + "\n";
  }
  return text.empty() ? text : ".SH " + std::string(title) + "\n" + text;
}

}  // namespace

std::string ManPage(const CommandText& command, const std::string& version) {
  std::string page = ".TH \"" + Roff(command.Name('-')) + "\" 1 \"\" \"updraft " + version +
                     "\" \"Updraft\"\n.SH NAME\n" + Roff(command.Name('-')) + " \\- " +
                     Roff(command.description) + "\n.SH SYNOPSIS\n" + Synopsis(command);
  page += Options(command, true, "ARGUMENTS");
  page += Options(command, false, "OPTIONS");
  std::string see;
  for (const std::string& name : command.subcommands) {
    see += (see.empty() ? ".BR " : ",\n.BR ") + Roff(command.Name('-') + "-" + name) + " (1)";
  }
  if (!see.empty()) page += ".SH COMMANDS\n" + see + "\n";
  if (!command.footer.empty()) {
    page += ".SH NOTES\n.nf\n" + Roff(command.footer) + "\n.fi\n";
  }
  if (command.path.size() > 1) {
    const std::string parent = command.Name('-').substr(0, command.Name('-').rfind('-'));
    page += ".SH SEE ALSO\n.BR " + Roff(command.path.size() == 2 ? "updraft" : parent) + " (1)\n";
  }
  return page;
}

}  // namespace updraft
