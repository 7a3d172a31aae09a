// What a client that uploads a file and downloads another one says to one kind of server and hears from it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "bench/messenger.h"

namespace obrol::bench {

// append_message() uploads its file: the text is the file's name, and on_acknowledgement() says that the server has the
// file. All files of a run have the same size, names of their own, and are not empty. One request at a time.
class FileMessenger : public Messenger {
  public:
    // Asks for the file that was uploaded under `name`, by whomever: on_delivery() gets its bytes in their order and in
    // any pieces, as many as a file has, then on_acknowledgement() says that this was all.
    virtual void append_download(std::string_view name, std::string& out) = 0;

    bool append_piece(std::string& out) final;

  protected:
    // `content`: of the file that it uploads; must outlive it.
    explicit FileMessenger(std::string_view content) : content_(content) {}

    // Of every file.
    std::size_t file_bytes() const { return content_.size(); }
    // The file follows what is in `out`, piece by piece, and `tail` follows the file; a literal.
    void begin_content(std::string_view tail, std::string& out);
    // A file is what the server says next.
    void expect_content() { due_ = file_bytes(); }
    bool expects_content() const { return due_ > 0; }
    // Hands over as much of the expected file as `received` has, and returns how much.
    Result<std::size_t> take_content(std::string_view received, Heard& heard);

  private:
    std::string_view content_;
    std::string_view unsent_;
    std::string_view tail_;
    std::size_t due_ = 0;
};

// One run against one server: makes the connections' messengers and keeps what they share. One thread.
class FileLobby {
  public:
    virtual ~FileLobby() = default;

    // `content`: of the file that it uploads; must outlive it.
    virtual std::unique_ptr<FileMessenger> seat(const Seat& seat, std::string_view content) = 0;
    // As Lobby's.
    virtual std::size_t at_once() const = 0;
};

}  // namespace obrol::bench
