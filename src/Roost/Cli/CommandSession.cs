using Roost.Rpc;
using Roost.Services.Community;

namespace Roost.Cli;

/// <summary>What the body of a command on a data directory is given.</summary>
/// <param name="Output">The command's own: nothing else is written there.</param>
internal sealed record CommandSession(CommandData Data, ICommandTalk Talk, TextWriter Output)
{
    /// <summary>Writes down what was done, for <c>roost accounts log</c>.</summary>
    public async ValueTask NoteAsync(string action, string target, CancellationToken ct) =>
        await Data.Community.Note(new NoteAction(default, action, target), Call.Until(ct));
}

/// <summary>What a command asks of whoever typed it, who may be at another process than the one that runs it.</summary>
internal interface ICommandTalk
{
    /// <inheritdoc cref="PasswordPrompt.ReadAsync"/>
    Task<string> AskPasswordAsync(string question, CancellationToken ct);

    /// <summary>A small file of theirs, as they name it.</summary>
    /// <exception cref="IOException">It cannot be read; says why.</exception>
    Task<byte[]> ReadFileAsync(string path, CancellationToken ct);

    /// <summary>Makes a file of theirs, as they name it. It is there when it is whole, and else not at all.</summary>
    /// <param name="write">Writes it from front to back.</param>
    /// <exception cref="IOException">It is there already, or cannot be written; says why.</exception>
    Task WriteFileAsync(string path, Func<Stream, Task> write, CancellationToken ct);
}

/// <summary>They typed it into this process.</summary>
internal sealed class LocalTalk(PasswordPrompt prompt) : ICommandTalk
{
    public Task<string> AskPasswordAsync(string question, CancellationToken ct) => prompt.ReadAsync(question, ct);

    public async Task<byte[]> ReadFileAsync(string path, CancellationToken ct)
    {
        try
        {
            return await File.ReadAllBytesAsync(path, ct);
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new IOException(refused.Message, refused);
        }
    }

    public async Task WriteFileAsync(string path, Func<Stream, Task> write, CancellationToken ct)
    {
        if (Path.Exists(path)) throw new IOException($"{path} is there already; give another file with --to.");
        var unfinished = path + ".part";
        try
        {
            await using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write)) await write(file);
            File.Move(unfinished, path);
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new IOException(refused.Message, refused);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }
}
