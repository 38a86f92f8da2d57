using System.CommandLine;
using Roost.Composition;
using Roost.Rpc;
using Roost.Services.Users;

namespace Roost.Cli;

/// <summary><c>roost accounts delete</c>: an account with all its posts and ties, for good.</summary>
internal static class AccountRemoval
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The account's username." };
        var data = DataOption.Create();
        var yes = new Option<bool>("--yes") { Description = "It is meant: this cannot be undone." };
        var command = new Command(
            "delete",
            "Delete an account with all its posts and ties, for good. Example: roost accounts delete spam --yes")
        {
            name, data, yes,
        };
        command.Run((parsed, ct) => RunAsync(
            parsed.GetRequiredValue(name), parsed.GetRequiredValue(data), parsed.GetValue(yes),
            parsed.InvocationConfiguration.Output, ct));
        return command;
    }

    /// <returns>One of <see cref="ExitCode"/>.</returns>
    internal static async Task<int> RunAsync(
        string name, string directory, bool yes, TextWriter output, CancellationToken ct)
    {
        if (!yes)
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"Deleting {name} cannot be undone. Say --yes if it is meant; nothing was changed.");
        }
        await using (var accounts = AccountsDirectory.Open(directory))
        {
            var found = (await accounts.FindAsync(name, ct)).Account;
            if (found.Standing == Standing.Deleted)
                throw new ServiceException(ErrorCode.Invalid, $"{found.Username} is deleted already.");
            await accounts.Moderation.Change(new ChangeStanding(found.Id, Standing.Deleting), Call.Until(ct));
        }
        await using var node = await Node.OpenAsync(new NodeOptions(directory), NodeTools.ForCommand(), ct);
        await node.Removals.RemoveAllAsync(ct);
        await output.WriteLineAsync($"{name} is deleted, with all posts and ties.");
        return ExitCode.Done;
    }
}
