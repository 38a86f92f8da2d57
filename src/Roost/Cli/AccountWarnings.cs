using System.CommandLine;
using Roost.Rpc;
using Roost.Services.Community;

namespace Roost.Cli;

/// <summary>Words of those who run the server to an account, which gets them as a notification.</summary>
internal static class AccountWarnings
{
    /// <summary><c>roost accounts warn</c>: words alone.</summary>
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The account's username." };
        var text = TextOption();
        text.Required = true;
        var command = new Command(
            "warn",
            "Say something to an account, as its moderators do, and do nothing else. Example: roost accounts warn ann "
            + "--text 'Please mind the rules.'")
        {
            name, text,
        };
        command.RunOnData((parsed, session, ct) => WarnAsync(
            session, parsed.GetRequiredValue(name), "none", parsed.GetRequiredValue(text)!, ct));
        return command;
    }

    public static Option<string?> TextOption() => new("--text")
    {
        Description = "Words to the account, which is told of it with them.",
        HelpName = "WORDS",
    };

    /// <summary>For who acts first and warns then.</summary>
    internal static void Require(string action, string text)
    {
        if (string.IsNullOrWhiteSpace(text)) throw new ServiceException(ErrorCode.Invalid, "--text has no words.");
        new WarnAccount(default, default, action, text).Require();
    }

    /// <param name="action">Of an <see cref="AccountWarning"/>: what was done.</param>
    internal static async Task WarnAsync(
        CommandSession session, string name, string action, string text, CancellationToken ct)
    {
        Require(action, text);
        var account = (await session.Data.FindAccountAsync(name, ct)).Account;
        await session.Data.Community.Warn(new WarnAccount(default, account.Id, action, text), Call.Until(ct));
        if (action == "none") await session.NoteAsync("warn account", account.Username, ct);
        await session.Output.WriteLineAsync($"{account.Username} is told so.");
    }
}
