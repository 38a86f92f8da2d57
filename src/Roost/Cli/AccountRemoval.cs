using System.CommandLine;
using Roost.Rpc;
using Roost.Services.Users;

namespace Roost.Cli;

/// <summary><c>roost accounts delete</c>: an account with all its posts and ties, for good.</summary>
internal static class AccountRemoval
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The account's username." };
        var yes = new Option<bool>("--yes") { Description = "It is meant: this cannot be undone." };
        var command = new Command(
            "delete",
            "Delete an account with all its posts and ties, for good. Example: roost accounts delete spam --yes")
        {
            name, yes,
        };
        command.RunOnData((parsed, session, ct) => RunAsync(
            session, parsed.GetRequiredValue(name), parsed.GetValue(yes), ct));
        return command;
    }

    internal static async Task RunAsync(CommandSession session, string name, bool yes, CancellationToken ct)
    {
        if (!yes)
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"Deleting {name} cannot be undone. Say --yes if it is meant; nothing was changed.");
        }
        var data = session.Data;
        var found = (await data.FindAccountAsync(name, ct)).Account;
        if (found.Standing == Standing.Deleted)
            throw new ServiceException(ErrorCode.Invalid, $"{found.Username} is deleted already.");
        await data.Moderation.Change(new ChangeStanding(found.Id, Delete: true), Call.Until(ct));
        await session.NoteAsync("delete account", found.Username, ct);
        if (data.IsServed)
        {
            await session.Output.WriteLineAsync(
                $"{found.Username} is deleted; the server is taking its posts and ties away.");
            return;
        }
        await (await data.WholeAsync(ct)).Removals.RemoveAllAsync(ct);
        await session.Output.WriteLineAsync($"{found.Username} is deleted, with all posts and ties.");
    }
}
