#pragma once

// The only meeting place with Boost.Beast's parser inside this folder.

#define BOOST_BEAST_SEPARATE_COMPILATION 1
#define BOOST_ASIO_SEPARATE_COMPILATION 1

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
