using System.CommandLine;
using Roost.Rpc;
using Roost.Services.Users;

namespace Roost.Cli;

/// <summary><c>roost accounts</c>: what an operator does to single accounts.</summary>
internal static class AccountsCommand
{
    public static Command Create()
    {
        var command = new Command("accounts", "Look after single accounts of a data directory.")
        {
            CreateList(),
            AccountExport.Create(),
            CreateSetPassword(),
        };
        foreach (var verb in AccountChanges.All) command.Add(verb);
        command.Add(AccountRemoval.Create());
        command.Add(CommunityCommands.Log());
        return command;
    }

    private static Command CreateList()
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON object a line." };
        var command = new Command(
            "list", "Name every account, in the order in which they came, with its followers and whom it follows. "
                + "Example: roost accounts list --data my-community")
        {
            json,
        };
        command.RunOnData((parsed, session, ct) => AccountList.WriteAsync(session, parsed.GetValue(json), ct));
        return command;
    }

    private static Command CreateSetPassword()
    {
        var name = new Argument<string>("NAME") { Description = "The account's username." };
        var command = new Command(
            "set-password",
            "Give an account a new password, and end all that is signed in to it. Imported accounts have none until "
            + "then. The password is asked for, or is the first line of standard input. Example: roost accounts "
            + "set-password ann --data my-community")
        {
            name,
        };
        command.RunOnData((parsed, session, ct) => SetPasswordAsync(session, parsed.GetRequiredValue(name), ct));
        return command;
    }

    /// <exception cref="ServiceException">
    /// <see cref="ErrorCode.Invalid"/>: no such account, or no such password.
    /// </exception>
    internal static async Task SetPasswordAsync(CommandSession session, string name, CancellationToken ct)
    {
        var account = (await session.Data.FindAccountAsync(name, ct)).Account;
        var password = await session.Talk.AskPasswordAsync($"New password of {account.Username}", ct);
        await session.Data.Users.SetPassword(new SetPassword(account.Id, password), Call.Until(ct));
        await session.NoteAsync("set password of account", account.Username, ct);
        await session.Output.WriteLineAsync(
            $"{account.Username} (account {account.Id}) has a new password. All that was signed in to it has ended.");
    }
}
