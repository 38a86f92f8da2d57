using System.Text;
using Roost.Rpc;

namespace Roost.Cli;

/// <summary>
/// Reads a password: from a terminal without showing it, twice, since a slip would not be seen; else the first line of
/// the input.
/// </summary>
/// <param name="readKey">Waits for a key of a terminal and shows nothing; null when the input is none.</param>
/// <param name="prompts">Where to ask; not standard output, which is the command's own.</param>
internal sealed class PasswordPrompt(Func<ConsoleKeyInfo>? readKey, TextReader input, TextWriter prompts)
{
    public static PasswordPrompt OfConsole(TextWriter prompts) => new(
        Console.IsInputRedirected ? null : () => Console.ReadKey(intercept: true), Console.In, prompts);

    /// <param name="question">What is asked for, without a colon.</param>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: the input is empty, or the two
    /// differ.</exception>
    public async Task<string> ReadAsync(string question, CancellationToken ct)
    {
        if (readKey is null)
        {
            return await input.ReadLineAsync(ct) ?? throw new ServiceException(
                ErrorCode.Invalid,
                "Standard input is empty; its first line must be the password. Nothing was changed.");
        }
        try
        {
            // Nothing cancels a read of a terminal: it is left behind, and ends with the process.
            return await Task.Run(() => AskTwice(question, readKey), CancellationToken.None).WaitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            // What is said next should not stand behind the question.
            await prompts.WriteLineAsync();
            throw;
        }
    }

    private string AskTwice(string question, Func<ConsoleKeyInfo> readKey)
    {
        var first = Ask(question, readKey);
        return Ask("Once more", readKey) == first ? first : throw new ServiceException(
            ErrorCode.Invalid, "The two passwords differ. Nothing was changed; try again.");
    }

    private string Ask(string question, Func<ConsoleKeyInfo> readKey)
    {
        prompts.Write($"{question}: ");
        prompts.Flush();
        var typed = new StringBuilder();
        while (readKey() is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace) typed.Length = LengthWithoutLast(typed);
            else if (!char.IsControl(key.KeyChar)) typed.Append(key.KeyChar);
        }
        prompts.WriteLine();
        return typed.ToString();
    }

    /// <summary>A character beyond the first 65,536 comes as two.</summary>
    private static int LengthWithoutLast(StringBuilder typed) => typed.Length switch
    {
        >= 2 when char.IsLowSurrogate(typed[^1]) && char.IsHighSurrogate(typed[^2]) => typed.Length - 2,
        > 0 => typed.Length - 1,
        _ => 0,
    };
}
